"""The `casework` command. Errors become one line and an exit code here, and nowhere else.

Exit codes: 0 done, 1 a check found something, 2 bad input, 130 interrupted, 141 nobody reads the output any more, as
shells tell it. The commands of other packages are found by entry point and loaded when they are asked for: a broken one
breaks nothing else, and `queue` waits for no model.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from agent.cli import add as cli_add
from agent.cli import batch as cli_batch
from agent.cli import case as cli_case
from agent.cli import check as cli_check
from agent.cli import decisions as cli_decisions
from agent.cli.screen import safe
from agent.errors import AgentError, CaseworkError, because
from agent.settings import PARSER, misspelt, read_settings

if TYPE_CHECKING:
    from typer._click import Command, Context

    from vision.protocol import VisionConfig

GROUP = "casework.commands"
"""The entry points under which evals and vision offer their commands."""
OWN = (EntryPoint("rules", "agent.cli.rules:app", GROUP), EntryPoint("llm", "agent.cli.llm:app", GROUP))
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}
OTHERS = 0o007
"""The permissions of those who are neither the user nor of the group."""
BAD_INPUT, INTERRUPTED, UNREAD = 2, 130, 141
AGAIN = "--again"
FULL = (errno.ENOSPC, errno.EDQUOT)
QUIET = {
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Set before anything reads it: checkpoints hold plain data alone, no trace of a case leaves this machine, and no
library calls home. `vision.runtime` sees to that of onnxruntime where no command runs as well."""


@dataclass
class Session:
    """One command line. `debug` is set while it is read, so that an error after that knows of it."""

    debug: bool = False


class Commands(TyperGroup):
    """The commands of this file, and after them those that are loaded on first use."""

    def list_commands(self, ctx: Context) -> list[str]:
        return [*super().list_commands(ctx), *sorted(self._offered)]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        offered = self._offered.get(cmd_name)
        return super().get_command(ctx, cmd_name) or (_loaded(offered, ctx.obj) if offered else None)

    @cached_property
    def _offered(self) -> dict[str, EntryPoint]:
        # Kept for one command line: help asks for every command, and all that is installed is looked through for it.
        return {each.name: each for each in (*entry_points(group=GROUP), *OWN)}


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(cli_add.app)
app.add_typer(cli_case.app)
app.add_typer(cli_batch.app)
app.add_typer(cli_decisions.app)
app.add_typer(cli_check.app)


def _noted(context: typer.Context, debug: bool) -> bool:
    context.obj.debug = debug
    return debug


def _version(wanted: bool) -> None:
    if wanted:
        from agent.version import this_version

        typer.echo(f"casework {this_version()}")
        raise typer.Exit


@app.callback()
def casework(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", callback=_noted, help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Review flagged cases: evidence, written policy, a checked draft, and a person who decides."""
    for name, setting in misspelt().items():
        _said(f"{name} in .env is not a setting and is ignored; did you mean {setting}?")
    # The commands of vision may not read the environment: they find their settings here.
    context.obj = _measuring


def _measuring() -> VisionConfig:
    from agent.desk import vision_config

    return vision_config(read_settings())


def main() -> NoReturn:
    """The console command. It leaves without Python's own way out, which would wait for tools that ran into their time
    limit and abort in native code that is still at work. Everything worth keeping is on disk by then.

    What it writes is about customers: others on this machine may not read it, those of a group as the shell says."""
    os.umask(os.umask(OTHERS) | OTHERS)
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = UNREAD
    except OSError as error:
        code = _unwritten(error)
    os._exit(code)


def run() -> int:
    """Run one command and say how it went: the exit code, and one line on stderr if it did not go well."""
    os.environ.update(QUIET)
    PARSER.addFilter(_in_our_words)
    session = Session()
    try:
        code = app(standalone_mode=False, obj=session)
    except ClickException as error:
        what = error.format_message().rstrip(".")
        return _said(f"{what}; `casework --help` lists the commands") if what else BAD_INPUT
    except CaseworkError as error:
        return _said(str(error))
    except SystemExit as error:
        # How typer and rich leave where the output is a closed pipe.
        if isinstance(error.__context__, BrokenPipeError):
            return UNREAD
        raise
    except OSError as error:
        _trace(session)
        return _unwritten(error)
    except Exception as error:  # noqa: BLE001 - the last border: a person sees one line, never a traceback
        _trace(session)
        return _said(f"unexpected {type(error).__name__}; report what `casework --debug COMMAND` shows")
    if code == INTERRUPTED:
        # With --again the command would begin anew.
        same = "the same command without --again" if AGAIN in sys.argv else "the same command"
        _said(f"interrupted; finished work is kept, and {same} continues from there")
    return code if isinstance(code, int) else 0


def _loaded(offered: EntryPoint, session: Session) -> Command:
    try:
        command: Command = typer.main.get_group(offered.load())
    except Exception as error:  # noqa: BLE001 - another package's command may fail to load in any way
        _trace(session)
        command = _broken(offered, type(error).__name__)
    command.name = offered.name
    return command


def _broken(offered: EntryPoint, why: str) -> Command:
    app = typer.Typer()

    @app.command(help=f"Does not load: {why}.", context_settings=ANYTHING)
    def broken() -> None:
        raise AgentError(f"command {offered.name!r} does not load: {why} in {offered.value}", "make setup")

    return typer.main.get_command(app)


def _in_our_words(record: logging.LogRecord) -> bool:
    record.msg = "casework: line %s of .env is not a setting and is ignored; correct it, or delete it"
    return True


def _said(line: str) -> int:
    sys.stderr.write(f"casework: {safe(line)}\n")
    return BAD_INPUT


def _unwritten(error: OSError) -> int:
    what = repr(error.filename) if error.filename else "the output"
    remedy = (
        "free some space, or choose another place" if error.errno in FULL else "correct that, or choose another place"
    )
    return _said(f"{what} cannot be used: {because(error)}; {remedy}")


def _trace(session: Session) -> None:
    if session.debug or _debugging():
        traceback.print_exc()


def _debugging() -> bool:
    try:
        return read_settings().casework_debug
    except CaseworkError:
        return False
