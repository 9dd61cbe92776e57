"""A set of decided cases: which are in it, what is said of the others, and that nothing else is written over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.case import Case
from agent.errors import AgentError
from agent.review.queue import Filters
from agent.review.record import Wish, decide
from agent.runner import review
from evals.cases import opened
from evals.cases.decided import Days, made
from tools.tool import Attachment

APPROVED = Wish("ada", "false_positive", "NO_FINDING", "approve", cited=("E1",))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder of the exchange's cases, with the file that came with one."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "selfie.jpg").write_bytes(b"a selfie")
    return folder


@pytest.fixture
def five(tiny: Any, source: Path, make_case: Callable[..., Case]) -> Any:
    """Three approved cases, of which one has a file, one that waits for a second person, and one without a draft."""
    selfie = Attachment(role="selfie", path="selfie.jpg", sha256=hashlib.sha256(b"a selfie").hexdigest())
    changes: list[dict[str, Any]] = [{"attachments": (selfie,)}, {"type": "p2p"}, {"customer_id": "U-D-1"}, {}, {}]
    cases = [make_case(f"D-{n}", source=str(source), **change) for n, change in enumerate(changes, 1)]
    tiny.store.add_cases(cases)
    tiny.answers["two"] = False
    for case in cases[:4]:
        review(tiny.desk(), case)
    for case in cases[:3]:
        assert decide(tiny.store, tiny.settings, case.case_id, APPROVED)[1] == "closed"
    decide(tiny.store, tiny.settings, "D-4", Wish("ada", "worth_reviewing", "NO_FINDING", "escalate", cited=("E1",)))
    return tiny


def test_what_is_settled_is_written_and_the_rest_is_counted(five: Any, source: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    done = made(five.store, tmp_path / "set", tell=lambda *each: told.append(each))
    assert (done.cases, done.customers, done.fraud, done.honest, done.of_several) == (3, 2, 0, 3, 0)
    assert done.left_out == {"not decided": 2, "waiting for a second person": 1}
    assert told[-1] == (6, 6)
    held = opened(str(tmp_path / "set"), tmp_path / "home")
    assert [(case.case_id, case.source) for case in held.cases] == [(f"D-{n}", str(source)) for n in (1, 2, 3)]
    assert held.cases[0] == five.store.case("D-1")
    assert {label.ideal for label in held.labels} == {"approve"}
    assert not held.own
    assert "flattered" in json.loads((tmp_path / "set" / "source.json").read_text())["note"]


def test_types_days_and_lots_choose(five: Any, tmp_path: Path) -> None:
    day = five.store.reviews("D-1")[-1].decided_at[:10]
    assert made(five.store, tmp_path / "set", Filters(types=("p2p",))).cases == 1
    assert made(five.store, tmp_path / "set", days=Days(day, day)).cases == 3
    with pytest.raises(
        AgentError, match=r"no case is decided: 3 decided on other days, 2 not decided, 1 waiting for a"
    ):
        made(five.store, tmp_path / "set", days=Days(last="2020-01-01"))
    with pytest.raises(AgentError, match="there is no such case; decide some with `casework work`"):
        made(five.store, tmp_path / "set", Filters(types=("ring",)))
    draws = [made(five.store, tmp_path / str(seed), n=2, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert {(each.cases, each.left_out["not drawn"]) for each in draws} == {(2, 1)}
    lots = [(tmp_path / str(seed) / "cases.jsonl").read_text() for seed in (1, 2, 3, 4)]
    assert len(set(lots)) > 1


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"another")])
def test_a_case_whose_file_is_no_longer_what_people_saw_is_left_out(
    five: Any, source: Path, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(source / "selfie.jpg")
    done = made(five.store, tmp_path / "set")
    assert (done.cases, done.left_out["with files that are gone or changed"]) == (2, 1)


def test_an_earlier_set_is_replaced_and_nothing_else(five: Any, source: Path, tmp_path: Path) -> None:
    for _ in range(2):
        made(five.store, tmp_path / "set")
    (source / "source.json").write_text('{"kind": "exchange"}')
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "source.json").write_text("[]")
    for taken in (source, source / "selfie.jpg", tmp_path / "list", five.store.path.parent):
        with pytest.raises(AgentError, match="holds something other than a set of decided cases; choose another --out"):
            made(five.store, taken)
    (tmp_path / "file").write_text("")
    with pytest.raises(AgentError, match="choose another --out"):
        made(five.store, tmp_path / "file" / "set")
    assert sorted(path.name for path in source.iterdir()) == ["selfie.jpg", "source.json"]
