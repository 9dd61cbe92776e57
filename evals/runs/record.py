"""Makes the recording that the gate replays where no model runs: `make record`.

Cases of a small exchange, answered once by the embedded model: the first few of each occasion that the policy gives a
model to write, and the first few that give none, so that every role it has earned is in the recording. Run it again
when a prompt, or the words of a rule that it is asked about, change; after an edited prompt is qualified, as its role
is not granted before.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.case import CaseFile
from agent.draft.ground import askable
from agent.draft.letter import customer_texts
from agent.draft.plan import strongest
from agent.llm.opening import required_model
from agent.llm.qualify import granted
from agent.llm.served import Served
from agent.session import load_prompts
from agent.settings import Settings, read_settings
from evals import runs
from evals.cases import LabelledCases, read
from evals.runs.making import run
from evals.runs.workers import Way
from evals.world.build import build

FOLDER = Path(__file__).parents[1] / "recorded"
SOURCE = "source.json"
"""What the exchange says of itself: its faces have thresholds of their own."""
SEED, CUSTOMERS, CASES = 5, 200, 60
EACH = 3
"""Cases of each occasion, as far as there are so many."""


def main() -> None:
    """Build the exchange, answer the cases, and put the run in place of the recorded one."""
    with TemporaryDirectory(prefix="casework-") as scratch:
        world = Path(scratch) / "world"
        settings = read_settings().model_copy(update={"llm_base_url": ""})
        apart = settings.model_copy(update={"casework_home": Path(scratch)})
        # Drawing takes minutes: what is missing is missed before it.
        with served(settings) as model:
            build(world, seed=SEED, customers=CUSTOMERS, cases=CASES)
            cases = chosen(LabelledCases("recorded", world, *read(world)), apart)
            roles = granted(settings.casework_home, model.name, model.endpoint, load_prompts(settings))
            made = run(cases, Way(apart, "review", (), model, roles), name="recorded", processes=1)
        placed = (file.model_copy(update={"case": file.case.model_copy(update={"source": "."})}) for file in made.files)
        runs.write(FOLDER, made.info.model_copy(update={"log": ""}), made.labels, placed)
        shutil.copyfile(world / SOURCE, FOLDER / SOURCE)


def chosen(cases: LabelledCases, settings: Settings) -> LabelledCases:
    """The first cases of each occasion, in the order of the set."""
    drafted = run(cases, Way(settings, "template"), name="recorded-template", again=True, processes=1)
    return _only(cases, first_of_each([occasion(file) for file in drafted.files]))


def occasion(file: CaseFile) -> str:
    """What a case gives a model to write: a question, told by the disposition it is asked for, else a joined summary,
    else nothing."""
    if any(map(askable, customer_texts(file.findings, file.recommendation))):
        return file.recommendation.disposition
    return "summary" if len(strongest(file.findings)) > 1 else "nothing"


def first_of_each(kinds: Sequence[str], each: int = EACH) -> list[int]:
    """The places of the first few of each kind, in order."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(kinds):
        places[kind].append(place)
    return sorted(place for found in places.values() for place in found[:each])


def _only(cases: LabelledCases, places: list[int]) -> LabelledCases:
    return replace(
        cases,
        cases=tuple(cases.cases[place] for place in places),
        labels=tuple(cases.labels[place] for place in places),
    )


@contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """The embedded model, running. Raises ModelError where its weights are not here."""
    with required_model(settings) as model:
        yield Served.of(model)


if __name__ == "__main__":
    main()
