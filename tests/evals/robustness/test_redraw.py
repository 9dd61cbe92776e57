"""Drawing the pictures of a case once more, with the same person and with another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import AgentError
from agent.settings import Settings
from agent.store import Store
from evals.cases import opened
from evals.robustness.redraw import DRAWN, _can_be_drawn, _played, redrawn
from evals.robustness.rig import Rig, rigged
from evals.robustness.run import before
from evals.world.build import build
from evals.world.names import COUNTRIES
from evals.world.people import country_of
from evals.world.register import sharing

BY_NAME = {drawn.name: drawn.papers for drawn in DRAWN}


def test_a_set_is_played_again_as_it_was(rig: Rig, small: Path) -> None:
    world = _played(rig)
    cases = opened(str(small / "set"), small / "home").cases
    assert [played.case_id for played in world.cases] == [case.case_id for case in cases]
    assert [played.person.customer_id for played in world.cases] == [case.customer_id for case in cases]


def test_only_what_is_the_customers_own_is_drawn(rig: Rig) -> None:
    world = _played(rig)
    able = [played for played in world.cases if _can_be_drawn(world, played)]
    assert 0 < len(able) < len(world.cases)
    assert all(not sharing(world.people, played.person) and not played.copies for played in able)


def test_each_way_changes_what_it_says_and_nothing_else(rig: Rig) -> None:
    for played in _played(rig).cases:
        papers = played.papers
        changed = {
            name: {field for field in vars(papers) if getattr(make(papers), field) != getattr(papers, field)}
            for name, make in BY_NAME.items()
        }
        assert changed["redrawn"] == {"seed"}
        assert changed["redrawn_sex"] <= {"sex", "given"}
        assert {"surname"} <= changed["redrawn_name"] <= {"given", "surname"}
        assert changed["redrawn_nationality"] == {"nationality"}
        assert changed["redrawn_order"] == {"given", "surname"}
        other = BY_NAME["redrawn_sex"](papers)
        pool = country_of(papers.nationality)
        assert other.given in (pool.male if other.sex == "M" else pool.female)
        assert BY_NAME["redrawn_nationality"](papers).nationality in {country.code for country in COUNTRIES}


def test_a_set_that_is_not_simulated_cannot_be_drawn(rig: Rig, tmp_path: Path) -> None:
    case = rig.cases[0].model_copy(update={"source": str(tmp_path)})
    with pytest.raises(AgentError, match="cannot be drawn again"):
        redrawn(replace(rig, cases=(case,)), (), 3, lambda *_: None)


@pytest.mark.slow
def test_pictures_of_another_person_are_drawn_and_reviewed(tmp_path: Path) -> None:
    settings = Settings(casework_home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    build(tmp_path / "set", seed=2, customers=60, cases=8)
    rig = rigged(opened(str(tmp_path / "set"), settings.casework_home), settings, Store(settings.casework_home))
    told = redrawn(rig, before(rig), 1, lambda *_: None)
    assert [each.name for each in told] == list(BY_NAME)
    assert all(each.pairs == 1 and not each.reached for each in told)
    assert {each.kind for each in told} == {"drawn"}
    control = told[0]
    assert {"forgery.score", "document.quality"} & {each.fact for each in control.touched}
