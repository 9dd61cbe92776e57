"""A warm child process for work that may crash, hang or be attacked: it can be killed, and it may do little.

The child sees no environment, writes no file, leaves no core and has little address space. Parent and child exchange
frames: eight bytes of length, then as many of content. What comes back is data to check, never a pickled object.
"""

from __future__ import annotations

import fcntl
import os
import resource
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import IO

Part = bytes | bytearray | memoryview

START_LIMIT_S = 30.0
READY = b"ready"
PIPE_BYTES = 1 << 20
LENGTH = struct.Struct("<Q")
ENVIRONMENT = {
    # A numeric library would start a thread for each core of the machine.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Memory that was freed is kept for the next request: asking the kernel for it anew doubles the time of a picture.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 27),
}


class Child:
    """One process that runs a module's `serve`, started by the first request and again after it was killed.

    Requests of several threads wait for one another. A fork of this process never talks to its parent's child.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process now unless it runs. Raises ChildProcessError where it does not start."""
        with self._lock:
            self._running()

    def ask(self, request: Sequence[Part], limit_s: float, most: int) -> bytearray:
        """The child's answer, of at most `most` bytes, to the joined parts of a request.

        Raises:
            TimeoutError: no answer within `limit_s` seconds, or within the CPU time the child allows itself.
            ChildProcessError: the process does not start.
            EOFError: the process died.
            OSError: its answer is too long.

        Whatever was raised, the process has been ended, and the next request starts another one.
        """
        with self._lock:
            process = self._running()
            until = time.monotonic() + limit_s
            try:
                frame: list[Part] = [LENGTH.pack(sum(map(len, request))), *request]
                _send(_open(process.stdin), frame, until)
                return _receive(_open(process.stdout), most, until)
            except (BrokenPipeError, EOFError):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1.0)  # a child that closed its pipe and lives on is killed below
                late = process.returncode == -signal.SIGPROF
                self._end()
                raise (TimeoutError("too much CPU time") if late else EOFError("the process died")) from None
            except BaseException:
                # Even when interrupted: the next request must not be given this one's answer.
                self._end()
                raise

    def close(self) -> None:
        """End the process, if there is one; whoever waits for its answer sees it die."""
        if self._owner == os.getpid():
            if self._process is not None:
                self._process.kill()
            with self._lock:
                self._end()

    def cpu_seconds(self) -> float:
        """CPU time the process has used until now, in seconds; 0 where none runs."""
        if self._process is None:
            return 0.0
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stream:
            user, system = stream.read().rpartition(")")[2].split()[11:13]  # proc(5): utime and stime, in ticks
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self._end()
        process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **ENVIRONMENT},
            start_new_session=True,  # Ctrl-C is for the parent
        )
        self._process, self._owner = process, os.getpid()
        os.set_blocking(_open(process.stdin).fileno(), False)
        with suppress(PermissionError):  # where a user's pipes together may hold no more, it stays small and slower
            fcntl.fcntl(_open(process.stdout), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            _receive(_open(process.stdout), len(READY), time.monotonic() + START_LIMIT_S)
        except (OSError, EOFError) as error:
            self._end()
            raise ChildProcessError(f"the process does not start ({type(error).__name__})") from None
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if self._owner == os.getpid():
            process.kill()
            process.wait()
        else:
            process.returncode = 0  # another process's child: nothing to wait for here
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                _open(stream).close()


def serve(answer: Callable[[bytes], Iterable[Part]], address_space: int) -> None:
    """The child's loop: a frame in, a frame out, until the parent closes the pipe.

    `address_space` is how many bytes the child may map on top of what it has mapped by now.
    """
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    confine(address_space)
    _reply(replies, (READY,))
    while length := requests.read(LENGTH.size):
        _reply(replies, tuple(answer(requests.read(*LENGTH.unpack(length)))))


def confine(address_space: int) -> None:
    """Take from this process what its work has no need of."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        mapped = int(stream.read().split()[0]) * resource.getpagesize()
    limit = mapped + address_space
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cpu_deadline(seconds: float) -> None:
    """Have the kernel end this process with SIGPROF when it has used so much more CPU time; 0 lifts the deadline."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _reply(replies: IO[bytes], parts: tuple[Part, ...]) -> None:
    replies.write(LENGTH.pack(sum(len(part) for part in parts)))
    for part in parts:
        replies.write(part)
    replies.flush()


def _send(stream: IO[bytes], parts: Iterable[Part], until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_WRITE)
        for part in parts:
            left = memoryview(part)
            while left:
                _await(selector, until)
                left = left[os.write(stream.fileno(), left) :]


def _receive(stream: IO[bytes], most: int, until: float) -> bytearray:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        (length,) = LENGTH.unpack(_read(stream, LENGTH.size, selector, until))
        if length > most:
            raise OSError("the answer is too long")
        return _read(stream, length, selector, until)


def _read(stream: IO[bytes], length: int, selector: selectors.BaseSelector, until: float) -> bytearray:
    received = bytearray(length)
    left = memoryview(received)
    while left:
        _await(selector, until)
        count = os.readv(stream.fileno(), [left])
        if not count:
            raise EOFError("the process has ended")
        left = left[count:]
    return received


def _await(selector: selectors.BaseSelector, until: float) -> None:
    if not selector.select(max(0.0, until - time.monotonic())):
        raise TimeoutError("no answer in time")


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise EOFError("the process has no pipe")
    return stream
