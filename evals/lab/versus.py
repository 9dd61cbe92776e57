"""Two prompts on the same labelled cases: a run with each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.errors import PromptError
from agent.llm.chat import ChatModel
from agent.llm.embedded import ENDPOINT
from agent.llm.served import Served
from agent.settings import Settings
from evals.cases import LabelledCases
from evals.runs import Run
from evals.runs.making import run
from evals.runs.workers import Way
from prompts import Prompt

Progress = Callable[[int, int], None]


def versus(
    first: Prompt,
    second: Prompt,
    cases: LabelledCases,
    settings: Settings,
    model: ChatModel,
    progress: Progress,
    *,
    again: bool = False,
) -> tuple[Run, Run]:
    """A run of each prompt over the cases. The model has their role alone, earned or not, so that nothing else differs;
    what does not hold is dropped in any case. `again` takes nothing from runs made before.

    Raises PromptError for prompts of different roles, and for one prompt that is named twice.
    """
    if first.path == second.path:
        named = ".".join(filter(None, (first.name, first.variant)))
        raise PromptError(f"{named!r} is named twice", "compare it with another wording, as NAME.VARIANT")
    role = first.front.role
    if role != second.front.role:
        raise PromptError(f"{first.name!r} and {second.name!r} have different roles", "compare prompts of one role")
    served = Served.of(model)
    way = Way(settings, "review", (), served, frozenset({role}))
    total, at_once = 2 * len(cases.cases), 1 if model.endpoint == ENDPOINT else 2

    def made(prompt: Prompt, before: int) -> Run:
        tick: Progress = lambda done, _: progress(before + done, total)  # noqa: E731
        return run(cases, _with(way, prompt), again=again, processes=at_once, progress=tick)

    return made(first, 0), made(second, len(cases.cases))


def _with(way: Way, prompt: Prompt) -> Way:
    return replace(way, variants=((prompt.name, prompt.variant),)) if prompt.variant else way
