"""Runs variants over a labelled set: each on a copy of its warehouse, every case reviewed again and held together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import duckdb
import numpy as np

from agent.case import CaseFile
from agent.desk import vision_config
from agent.errors import AgentError, one_of
from agent.session import assess
from evals.robustness import attempts, persons, rows, seeds, speech
from evals.robustness.keeping import Kept, asking_all, keeping, measured, retold
from evals.robustness.moves import Outcome, Pair, outcome
from evals.robustness.redraw import redrawn
from evals.robustness.rig import Progress, Rig, beside
from evals.robustness.variant import Changed, Copy, Variant
from evals.runs.memory import Memory, file_sha256
from tools.evidence import Frozen

MODULES = (attempts, persons, rows, seeds, speech)
VARIANTS: Mapping[str, Variant] = MappingProxyType({
    name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Variant)
})  # fmt: skip
"""Every variant by name, in the order in which a report tells them."""
SEED = 20_261_125


class Report(Frozen):
    """Every variant that was tried on `n` cases of a set. `model` is empty where nobody but the policy spoke."""

    cases: str
    n: int
    model: str
    policy_sha256: str
    outcomes: tuple[Outcome, ...]

    @property
    def broken(self) -> bool:
        """Whether something mattered that must not."""
        return any(each.broken for each in self.outcomes)

    @property
    def tries(self) -> int:
        """The pairs of all variants. Where there are none, nothing was found out."""
        return sum(each.pairs for each in self.outcomes)

    @property
    def unanswered(self) -> int:
        """The pairs in which the model owes an answer."""
        return sum(each.unanswered for each in self.outcomes)


def run(rig: Rig, variants: Sequence[Variant], redraw: int = 0, progress: Progress = lambda *_: None) -> Report:
    """Try variants on a set, and draw the pictures of `redraw` of its cases again. What pictures are measured to be is
    remembered under CASEWORK_HOME.

    Raises WarehouseError or AgentError where the set cannot be read, or not be drawn again.
    """
    files = before(rig, progress)
    kept = [measured(file) for file in files]
    if rig.model:
        files = _spoken(rig, kept, progress)
    outcomes = [_tried(rig, each, files, kept, progress) for each in variants]
    outcomes += redrawn(rig, files, redraw, progress) if redraw else ()
    return Report(
        cases=rig.name,
        n=len(files),
        model=rig.model.name if rig.model else "",
        policy_sha256=rig.policy.sha256,
        outcomes=tuple(outcomes),
    )


def chosen(names: Sequence[str], with_model: bool) -> tuple[Variant, ...]:
    """The variants of these names, all that apply where none are given. Raises AgentError for an unknown name, and for
    another seed where no model has one."""
    for name in names:
        if name not in VARIANTS:
            raise AgentError(f"there is no variant {name!r}", one_of(VARIANTS))
        if VARIANTS[name].kind == "seed" and not with_model:
            raise AgentError(f"variant {name!r} is for a language model", "give --model local or a URL")
    wanted = dict.fromkeys(names) or [name for name, each in VARIANTS.items() if each.kind != "seed" or with_model]
    return tuple(VARIANTS[name] for name in wanted)


def before(rig: Rig, progress: Progress = lambda *_: None) -> tuple[CaseFile, ...]:
    """The reviews of the set as it is, without a language model."""
    files = []
    with rig.desk(rig.warehouse, None) as (desk, sources):
        config = vision_config(desk.settings, rig.policy.values)
        memory = Memory.of(rig.settings.casework_home, file_sha256(rig.warehouse), config, sources)
        remembering = replace(desk, tools=memory.tools(desk.tools))
        for case in rig.cases:
            files.append(assess(beside(remembering, case), case))
            progress("before", len(files), len(rig.cases))
    return tuple(files)


def _spoken(rig: Rig, kept: Sequence[Kept], progress: Progress) -> tuple[CaseFile, ...]:
    """The same reviews with the language model."""
    files = []
    with rig.desk(rig.warehouse, rig.model) as (desk, _):
        for case, known in zip(rig.cases, kept, strict=True):
            files.append(assess(beside(keeping(desk, known), case), case))
            progress("before, with the model", len(files), len(rig.cases))
    return tuple(files)


def _tried(
    rig: Rig, variant: Variant, files: tuple[CaseFile, ...], kept: Sequence[Kept], progress: Progress
) -> Outcome:
    """One variant over all cases, on a copy of the warehouse that it has rewritten."""
    with tempfile.TemporaryDirectory(prefix="casework-") as folder:
        warehouse = Path(shutil.copy(rig.warehouse, folder))
        changed = _rewritten(rig, variant, files, warehouse)
        model = rig.model.reseeded(variant.seed) if rig.model and variant.seed is not None else rig.model
        pairs: list[Pair] = []
        with rig.desk(warehouse, model) as (desk, _):
            there = asking_all(desk) if variant.asks_all else desk
            for place, case in enumerate(changed):
                if case is not None:
                    known = retold(kept[place], place, variant.retell)
                    pairs.append((files[place], assess(beside(keeping(there, known), case), case), place))
                progress(variant.name, place + 1, len(changed))
    return outcome(variant, pairs, len(changed) - len(pairs))


def _rewritten(rig: Rig, variant: Variant, files: tuple[CaseFile, ...], warehouse: Path) -> Changed:
    """The cases as they are called in a warehouse that a variant has rewritten."""
    try:
        with duckdb.connect(str(warehouse)) as connection:
            connection.begin()
            changed = variant.change(Copy(connection, rig.cases, files, np.random.default_rng(SEED)))
            connection.commit()
    except duckdb.Error as error:
        what = f"variant {variant.name!r} cannot be made of the tables of {rig.name!r}: {type(error).__name__}"
        raise AgentError(what, "`casework warehouse check` checks them; --only chooses what to try") from error
    return changed
