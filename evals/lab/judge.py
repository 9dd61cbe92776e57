"""Judges other wordings of a prompt's system part by the answers to questions.

A wording that quotes what it learned from, that does not load or render, or whose template does more than the prompt's
own is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from jinja2 import TemplateSyntaxError

from agent.errors import PromptError
from agent.llm import Message, Model, estimate
from evals.lab.heldout import HeldOut
from evals.lab.hidden import hidden
from evals.lab.trials import Trial
from evals.lab.verdict import Verdict
from prompts import BadPrompt, Prompt, Prompts, Speaker, environment

PART: Speaker = "system"
LONGEST = 60
"""Characters of an expression that a refusal repeats."""


@dataclass
class Judge:
    """Puts questions under a wording to a model and remembers the verdicts. `refused` tells why wordings were not even
    tried, or did not come to be."""

    model: Model
    seed: Prompt
    held_out: HeldOut
    progress: Callable[[], None] = lambda: None
    refused: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    proposed: int = 0
    _known: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def worded(self, text: str) -> Prompt | None:
        """The prompt with this system part; None where it is empty, does not load or holds what it must not."""
        if not text.strip():
            self.no_wording("it was empty")
            return None
        if text not in self.refused:
            try:
                if not (why := self._barred(text)):
                    return self.seed.with_part(PART, text)
            except (BadPrompt, TemplateSyntaxError) as error:
                why = str(error)
            self.refused[text] = why
        return None

    def _barred(self, text: str) -> str:
        """What a wording holds that it must not, or too much of. A model wrote it: none of it is run before that."""
        tokens, budget = estimate((Message("system", text),)), self.seed.front.prompt_tokens
        if tokens > budget:
            return f"{tokens} tokens exceed the budget of {budget}"
        if more := expressions(text) - expressions(source(self.seed)):
            return f"it contains {next(iter(more))[:LONGEST]!r}, which the original prompt does not, or not so often"
        leaks = (what for _, what in self.held_out.leaks(text))
        unseen = (f"it contains the invisible character {what}" for _, what in hidden(text))
        return next(chain(leaks, unseen), "")

    def tried(self, text: str, trials: Sequence[Trial]) -> list[Verdict | None]:
        """The verdicts under a wording; None for each where it is refused, if only because it does not render."""
        prompt = self.worded(text)
        try:
            return [None] * len(trials) if prompt is None else [*self.verdicts(prompt, trials)]
        except PromptError as error:
            self.refused[text] = str(error)
            return [None] * len(trials)

    def no_wording(self, why: str) -> None:
        """Note that nothing came of the last reflection, once."""
        self.refused.setdefault(f"reflection {self.proposed}", f"a reflection produced no wording: {why}")

    def verdicts(self, prompt: Prompt, trials: Iterable[Trial]) -> list[Verdict]:
        return [self._verdict(prompt, trial) for trial in trials]

    def _verdict(self, prompt: Prompt, trial: Trial) -> Verdict:
        key = (prompt.sha256, trial.name)
        if key not in self._known:
            self.asked += 1
            self._known[key] = trial.put(self.model, Prompts({prompt.front.role: prompt}))
            self.progress()
        return self._known[key]


def source(prompt: Prompt) -> str:
    """The part that is optimised. Raises PromptError for a prompt without one."""
    for part in prompt.parts:
        if part.speaker == PART:
            return part.source
    raise PromptError(f"{prompt.path}:1: {prompt.name!r} has no system part", "add one: nothing else can be optimised")


def expressions(text: str) -> Counter[str]:
    """All that a template has between {{ and }} and between {% and %}, and how often. Raises TemplateSyntaxError."""
    found: Counter[str] = Counter()
    told: list[str] = []
    for _, kind, value in environment().lex(text):
        if kind in ("variable_begin", "block_begin"):
            told = []
        told.append(" " if kind == "whitespace" else value.strip("-+ \n"))
        if kind in ("variable_end", "block_end"):
            found["".join(told)] += 1
    return found
