"""Questions to a person, a line of answer each, at a terminal or through a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from rich.console import Console

from agent.errors import AgentError, ReviewRefused, one_of
from agent.review.allowed import check_text

CANCEL = "cancel"
"""What a person answers to any question to take back what they began."""


@dataclass(frozen=True)
class Asker:
    """Where answers come from, and the screen that says what is wrong with them. All raise EOFError at the end."""

    out: Console
    read: Callable[[str], str] = input

    def key(self, keys: Mapping[str, Sequence[str]], prompt: str) -> str:
        """One of the keys: the whole answer is the key or one of its words, and was typed after the question."""
        while True:
            flush()
            said = self._line(f"{prompt} > ").strip().lower()
            for key, words in keys.items():
                if said in (key, *words):
                    return key
            self.out.print("type one of the keys shown")

    def sure(self, question: str) -> bool:
        """Whether a person says yes, typed after the question; anything else is no."""
        flush()
        return self._line(f"{question} [y/N] > ").strip().lower() in ("y", "yes")

    def answer(self, question: str) -> str:
        """What a person says. Raises AgentError where they cancel."""
        said = self._line(f"{question} > ").strip()
        if said.lower() == CANCEL:
            raise AgentError("cancelled", "nothing was recorded")
        return said

    def pick(self, what: str, choices: Sequence[str], likely: str) -> str:
        """One of the choices, by its name or the beginning of it; an empty answer takes the likely one."""
        while True:
            said = self.answer(f"{what} ({likely})" if likely else what).lower()
            fitting = [choice for choice in choices if said and choice.lower().startswith(said)]
            exact = [choice for choice in fitting if choice.lower() == said]
            if likely and not said:
                return likely
            if len(exact or fitting) == 1:
                return (exact or fitting)[0]
            self.out.print(one_of(choices))

    def _line(self, prompt: str) -> str:
        """A line that is text; another is asked for where bytes are none, or keys were sent that steer a terminal."""
        while True:
            try:
                said = self.read(prompt)
                check_text(answer=said)
            except (UnicodeDecodeError, ReviewRefused):
                self.out.print("that is not valid text; type it again, in UTF-8")
            else:
                return said


def flush() -> None:
    """Forget what was typed ahead at a terminal, as the rest of a pasted text: it answers nothing that is asked now."""
    if not sys.stdin or sys.stdin.closed or not sys.stdin.isatty():
        return
    with suppress(ImportError):
        import termios

        with suppress(termios.error):
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
