"""Questions at a terminal and through a pipe: what counts as an answer, and to which question."""

import io
import os
import pty
import sys
import termios
import time
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console

from agent.cli.asking import Asker, flush
from agent.errors import AgentError

KEYS = {"a": ("accept",), "q": ("quit",)}
Asking = Callable[..., tuple[Asker, io.StringIO]]


@pytest.fixture
def asking() -> Asking:
    """An asker that is answered with these lines, and what it says."""

    def make(*answers: str | Exception) -> tuple[Asker, io.StringIO]:
        left: Iterator[str | Exception] = iter(answers)

        def read(_: str) -> str:
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return answer

        told = io.StringIO()
        return Asker(Console(file=told, width=200), read), told

    return make


def test_a_key_is_the_key_or_its_word(asking: Asking) -> None:
    asker, told = asking("ask", "approve", "aa", " A ", "QUIT")
    assert (asker.key(KEYS, "?"), asker.key(KEYS, "?")) == ("a", "q")
    assert told.getvalue().count("type one of the keys shown") == 3


def test_only_a_yes_is_a_yes(asking: Asking) -> None:
    asker, _ = asking("y", "Yes", "", "n", "yep", "looks fine, yes")
    assert [asker.sure("sure?") for _ in range(6)] == [True, True, False, False, False, False]


def test_what_cannot_be_read_is_asked_again(asking: Asking) -> None:
    asker, told = asking(UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "no"), "ren\udce9", "\x1b[A", "René")
    assert asker.answer("who") == "René"
    assert told.getvalue().count("not valid text") == 3


def test_a_question_is_taken_back(asking: Asking) -> None:
    asker, _ = asking("Cancel", "cancelled by the customer")
    with pytest.raises(AgentError, match="cancelled; nothing was recorded"):
        asker.answer("comment")
    assert asker.answer("comment") == "cancelled by the customer"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as this process's stdin; the end that a person types at."""
    master, slave = pty.openpty()
    settings = termios.tcgetattr(slave)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    with open(slave) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield master
    os.close(master)


def test_what_was_typed_ahead_answers_nothing(terminal: int) -> None:
    """The rest of a pasted comment is no answer to whether it is to be recorded, nor a key for the next case."""
    told = io.StringIO()

    def read(prompt: str) -> str:
        if "[y/N]" in prompt:
            os.write(terminal, b"n\n")
        if prompt == "keys > ":
            os.write(terminal, b"q\n")
        return sys.stdin.readline().rstrip("\n")

    asker = Asker(Console(file=told), read)
    os.write(terminal, b"Customer called on Monday.\na\ny\n\n")
    time.sleep(0.1)
    assert asker.answer("comment") == "Customer called on Monday."
    assert not asker.sure("reject C-1, confirmed_fraud?")
    os.write(terminal, b"a\n\n\n")
    time.sleep(0.1)
    assert asker.key(KEYS, "keys") == "q"


def test_there_is_nothing_to_forget_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.StringIO("a\n")
    for stdin in (piped, None):
        monkeypatch.setattr(sys, "stdin", stdin)
        flush()
    assert piped.read() == "a\n"
    with open(os.devnull) as closed:
        monkeypatch.setattr(sys, "stdin", closed)
    flush()
