"""A draft as an example: its known facts, and what the policy makes of it, the draft's own or today's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.backtest import Past
from agent.case import CaseFile
from agent.mining.examples import as_drafted, as_of_today, one_each
from agent.policy.model import load_policy
from agent.session import assess


@pytest.fixture
def odd(tiny: Any) -> CaseFile:
    """A draft with two of the first fact, something odd, and nothing known of the third."""
    tiny.answers |= {"one": 2, "two": True, "three": None}
    file: CaseFile = assess(tiny.desk(), tiny.case)
    return file


def under(tiny: Any, file: CaseFile, **edits: str) -> Any:
    path: Path = tiny.settings.policy_dir
    for name, text in edits.items():
        old, new = text.split(" -> ")
        content = (path / f"{name}.yaml").read_text()
        assert old in content
        (path / f"{name}.yaml").write_text(content.replace(old, new, 1))
    desk = tiny.desk()
    return as_of_today(Past(file, tiny.policy, None), True, load_policy(path), desk.tools)


def test_a_draft_is_what_it_recommended_and_what_is_known(tiny: Any, odd: CaseFile) -> None:
    one = as_drafted(odd, False, tiny.desk().specs)
    assert dict(one.values) == {"a.count": 2, "b.odd": True}
    assert (one.fraud, one.customer_id, one.fired) == (False, odd.case.customer_id, {"TINY-02": "suspicious"})
    assert one.disposition == odd.recommendation.disposition


def test_the_policy_of_the_draft_says_the_same_today(tiny: Any, odd: CaseFile) -> None:
    assert under(tiny, odd) == as_drafted(odd, True, tiny.desk().specs)


def test_an_edited_policy_is_what_counts(tiny: Any, odd: CaseFile) -> None:
    one = under(tiny, odd, thresholds="value: 3 -> value: 2")
    assert (one.disposition, one.fired) == ("escalate", {"TINY-01": "adverse", "TINY-02": "suspicious"})


def test_what_hangs_on_facts_that_nobody_gathered_is_no_example(tiny: Any) -> None:
    tiny.answers |= {"one": 9}
    file = assess(tiny.desk(), tiny.case)
    assert tiny.asked == ["one"]
    assert under(tiny, file, rules="threshold.limit -> threshold.limit and c.days < 5") is None


def test_of_each_customer_the_latest_case_counts(tiny: Any, odd: CaseFile) -> None:
    cases = [
        odd.case.model_copy(update={"case_id": case_id, "customer_id": customer, "flagged_at": at})
        for case_id, customer, at in (
            ("C-3", "U-1", "2026-01-02"),
            ("C-1", "U-1", "2026-01-03"),
            ("C-2", "U-0", "2025"),
        )
    ]
    examples = [as_drafted(odd.model_copy(update={"case": case}), True, tiny.desk().specs) for case in cases]
    assert [each.case_id for each in one_each(examples)] == ["C-2", "C-1"]
    assert one_each(reversed(examples)) == one_each(examples)
