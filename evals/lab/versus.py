"""Two prompts on the same labelled cases: a run with each. An outage says nothing of a prompt: a case with a call that
got no answer is reviewed anew the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.errors import PromptError
from agent.llm import ChatModel, unanswered
from agent.llm.local import ENDPOINT
from agent.llm.served import Served
from agent.settings import Settings
from evals import runs
from evals.cases import LabelledCases
from evals.runs import Run
from evals.runs.making import made_from, run
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

    Raises PromptError for prompts of different roles.
    """
    role = first.front.role
    if role != second.front.role:
        raise PromptError(f"{first.name!r} and {second.name!r} have different roles", "compare prompts of one role")
    served = Served.of(model)
    way = Way(settings, "review", (), served, frozenset({role}))
    total, at_once = 2 * len(cases.cases), 1 if model.endpoint == ENDPOINT else 2

    def made(prompt: Prompt, before: int) -> Run:
        own = _with(way, prompt)
        if not again:
            forget_unanswered(cases, own)
        tick: Progress = lambda done, _: progress(before + done, total)  # noqa: E731
        return run(cases, own, again=again, processes=at_once, progress=tick)

    return made(first, 0), made(second, len(cases.cases))


def _with(way: Way, prompt: Prompt) -> Way:
    return replace(way, variants=((prompt.name, prompt.variant),)) if prompt.variant else way


def forget_unanswered(cases: LabelledCases, way: Way) -> None:
    """Let the run that is there already lack the cases with a call that got no answer: it goes on with those."""
    folder = way.settings.casework_home / runs.FOLDER / made_from(cases, way).usual
    if not (folder / "run.json").is_file():
        return
    with runs.alone(folder):
        files, notes = runs.answered(folder), runs.noted(folder)
        kept = [file for file in files.values() if not any(map(unanswered, file.calls))]
        if len(kept) < len(files):
            info = runs.read_info(folder).model_copy(update={"seconds": None})
            runs.write(
                folder, info, cases.labels, kept, [notes[name] for file in kept if (name := file.case.case_id) in notes]
            )
