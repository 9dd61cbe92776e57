"""The embedded language model: a llama.cpp server inside this process, on the loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import ModelError
from agent.llm.weights import Weights, check

ENDPOINT = "embedded"
"""The name of this server in qualification records: its port changes, its weights do not."""
CONTEXT_TOKENS = 4096


@contextmanager
def serving(home: Path, weights: Weights, port: int = 0) -> Iterator[str]:
    """Run the embedded server on 127.0.0.1 and yield its base URL; port 0 takes a free one.

    Raises WeightsError unless the file is the pinned one, ModelError where the server does not start.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError("the embedded server is not installed", "install the extra: pip install '.[local]'") from error
    check(weights.path(home), weights)
    if port and _taken(port):
        raise ModelError(f"port {port} is in use", "choose another with --port, or leave it out for a free one")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.path(home))
    params.model_alias = {weights.model}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.use_jinja = True
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.verbosity = -1
    params.cpuparams.n_threads = threads()
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"the embedded server did not start: {error}", "free some memory, or choose another port"
        ) from error
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def threads() -> int:
    """Half of the cores this process may use. Threads of llama.cpp wait for one another, so that one which has to share
    a core holds up all: on two busy cores two threads were many times slower than one."""
    return max(1, len(os.sched_getaffinity(0)) // 2)


def embeddable() -> bool:
    """Whether the embedded server is installed."""
    from importlib.util import find_spec

    return find_spec("xllamacpp") is not None
