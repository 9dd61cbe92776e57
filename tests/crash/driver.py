"""Runs `casework` commands in forked children, each of which may be told to die by kill -9 at one node of the graph.

It loads everything once and then reads one JSON command a line: {"home", "arguments", "kill"}, where kill is empty,
`before:NODE` or `after:NODE`. It answers with {"code", "out", "err"}. One child shares with the next only the disk.
"""

import functools
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - all this is loaded here, so that no child has to
import duckdb_engine  # noqa: F401
import langgraph.checkpoint.sqlite  # noqa: F401

from agent import cli, graph, nodes, session  # noqa: F401
from agent.review import record  # noqa: F401
from tools.catalogue import load_catalogue
from tools.playbook.columns import columns_read
from tools.playbook.question import Question
from tools.registry import all_tools


def deadly(node: Callable[..., Any], when: str) -> Callable[..., Any]:
    """The node, in a process that dies before its first or after its last step. After it, nothing of it is on disk but
    its effects: the checkpoint is written when a node has returned."""

    @functools.wraps(node)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = node(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    return wrapped


def child(command: dict[str, Any], out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ["CASEWORK_HOME"] = command["home"]
    when, _, name = command["kill"].partition(":")
    if name:
        setattr(nodes, name, deadly(getattr(nodes, name), when))
    sys.argv = ["casework", *command["arguments"]]
    code = cli.run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(command: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("out", "err")]
        streams = [os.open(path, os.O_WRONLY | os.O_CREAT) for path in paths]
        pid = os.fork()
        if pid == 0:
            child(command, *streams)
        _, status = os.waitpid(pid, 0)
        for stream in streams:
            os.close(stream)
        out, err = (path.read_text() for path in paths)
    return {"code": os.waitstatus_to_exitcode(status), "out": out, "err": err}


if __name__ == "__main__":
    for tool in all_tools().values():
        if isinstance(tool.run, Question):
            columns_read(tool.run.main.sql, load_catalogue())
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
