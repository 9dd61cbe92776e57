"""The saved evidence that prompts are tried on: reviews of the store, and runs over labelled sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice

from agent.case import Case, CaseFile, Role
from agent.desk import Desk, policy_for
from agent.errors import PromptError, UnknownCase
from agent.session import assess, load_prompts, open_desk
from agent.settings import Settings
from agent.store import Store
from evals import runs
from evals.lab.trials import of_case
from prompts import Prompts

LOCKED = "test"
"""The set that nobody looks into while a prompt is being written."""


@dataclass(frozen=True)
class Lab:
    """Where prompts are tried: the settings, and the store with its reviews."""

    settings: Settings
    store: Store
    _desks: dict[str, Desk] = field(default_factory=dict)

    def desk(self, file: CaseFile) -> Desk:
        """What a review of this case would have within reach, without its sources; the same for all cases of a set."""
        source = file.case.source
        if source not in self._desks:
            policy = policy_for(file.case.source, self.settings)
            self._desks[source] = Desk(self.settings, self.store, policy, self._prompts())
        return self._desks[source]

    def _prompts(self) -> Prompts:
        """The prompts of the settings, else the packaged ones: what a review asks does not depend on how it is worded,
        and one file that does not load must not keep the others from being tried."""
        try:
            return load_prompts(self.settings)
        except PromptError:
            return Prompts.load()

    def file(self, case_id: str) -> CaseFile:
        """What a review of a case came to: the one in the store, else that of the latest run, else one made now without
        a model, which is kept nowhere. Raises UnknownCase where nobody knows the case.
        """
        with suppress(UnknownCase):
            return self.store.latest_file(case_id) or self._assessed(self.store.case(case_id))
        home = self.settings.casework_home
        for info in reversed(runs.listed(home)):
            if info.cases != LOCKED and (file := runs.answered(home / runs.FOLDER / info.name).get(case_id)):
                return file
        remedy = "`casework queue` lists the cases here, `casework eval run` reviews those of a labelled set"
        raise UnknownCase(f"no case {case_id!r} in the queue or in a run", remedy)

    def asking(self, role: Role, most: int = 3) -> list[str]:
        """A few cases whose reviews, as far as they are kept, put a question in a role."""
        drafted = (self.store.latest_file(row.case_id) for row in self.store.queue())
        kept = (*(file for file in drafted if file), *self.of_set("dev"))
        asking = (file.case.case_id for file in kept if of_case(file, role, self.desk(file)))
        return list(islice(asking, most))

    def _assessed(self, case: Case) -> CaseFile:
        with open_desk(self.store, self.settings, case, with_model=False) as desk:
            return assess(desk, case)

    def of_set(self, name: str) -> tuple[CaseFile, ...]:
        """The case files of the largest finished run over a labelled set, the latest of equals; none without a run."""
        home = self.settings.casework_home
        infos = [info for info in runs.listed(home) if info.cases == name and info.answers in ("review", "template")]
        largest = [info for info in infos if info.n == max(each.n for each in infos)]
        return runs.read(home / runs.FOLDER / largest[-1].name).files if largest else ()


@contextmanager
def open_lab(settings: Settings) -> Iterator[Lab]:
    """The lab, with its store open for as long as it is used."""
    store = Store(settings.casework_home)
    try:
        yield Lab(settings, store)
    finally:
        store.close()
