"""Makes the recording that the gate replays where no model runs: `python -m evals.record`.

Twelve cases without pictures of a small exchange, answered once by the embedded model: eight whose summary it is asked
to join, four it has no part in. Run it again when a prompt, or the words of a rule that it is asked about, change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.llm.local import required_model
from agent.llm.qualify import granted
from agent.plan import strongest
from agent.reviewing import load_prompts
from agent.settings import Settings, read_settings
from evals import runs
from evals.cases import LabelledCases, read
from evals.running import run
from evals.workers import Served, Way
from evals.world.build import build

FOLDER = Path(__file__).parent / "recorded"
SEED, CUSTOMERS, CASES = 5, 200, 60
JOINED, OTHERS = 8, 4


def main() -> None:
    """Build the exchange, answer the cases, and put the run in place of the recorded one."""
    with TemporaryDirectory(prefix="casework-") as scratch:
        world = Path(scratch) / "world"
        build(world, seed=SEED, customers=CUSTOMERS, cases=CASES, images=False)
        settings = read_settings().model_copy(update={"llm_base_url": ""})
        apart = settings.model_copy(update={"casework_home": Path(scratch)})
        cases = chosen(LabelledCases("recorded", world, *read(world)), apart)
        with served(settings) as model:
            roles = granted(settings.casework_home, model.name, model.endpoint, load_prompts(settings))
            made = run(cases, Way(apart, "review", (), model, roles), name="recorded", processes=1)
    bare = (file.model_copy(update={"case": file.case.model_copy(update={"source": ""})}) for file in made.files)
    runs.write(FOLDER, made.info.model_copy(update={"log": ""}), made.labels, bare)


def chosen(cases: LabelledCases, settings: Settings) -> LabelledCases:
    """The first cases without pictures that have several findings to join, and the first of the others."""
    plain = [place for place, case in enumerate(cases.cases) if case.type != "kyc"]
    drafted = run(_only(cases, plain), Way(settings, "template"), name="recorded-template", again=True, processes=1)
    several = [len(strongest(file.findings)) > 1 for file in drafted.files]
    joined = [place for place, many in zip(plain, several, strict=True) if many][:JOINED]
    others = [place for place, many in zip(plain, several, strict=True) if not many][:OTHERS]
    return _only(cases, sorted([*joined, *others]))


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
        yield Served(model.name, model.base_url, model.endpoint)


if __name__ == "__main__":
    main()
