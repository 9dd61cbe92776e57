"""What is asked for by an option is among what there is, and a wrong name says what there is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.cli.options import CASE_TYPES, STATUSES, among, days, filters
from agent.errors import AgentError
from agent.review.queue import Filters


def test_nothing_named_lets_all_pass() -> None:
    assert filters() == Filters(types=CASE_TYPES, statuses=STATUSES, flags=())
    assert days(None, None) == ("0000-00-00", "9999-12-31")


def test_what_is_named_comes_in_the_order_there_is() -> None:
    assert among("role", ["b", "a", "b"], ("a", "b", "c")) == ("a", "b")
    assert filters(["p2p"], ["open"], ["odd"]) == Filters(types=("p2p",), statuses=("open",), flags=("odd",))


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"types": ["foo"]}, "there is no type 'foo'; choose one of kyc, account_takeover, "),
        ({"statuses": ["done"]}, "there is no status 'done'; choose one of open, drafted, "),
    ],
)
def test_an_unknown_name_is_told_what_there_is(wanted: dict[str, list[str]], says: str) -> None:
    with pytest.raises(AgentError, match=says):
        filters(**wanted)


def test_days_come_in_order() -> None:
    early, late = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    assert days(early, late) == ("2026-01-02", "2026-03-04")
    with pytest.raises(AgentError, match="--until '2026-01-02' comes before --since '2026-03-04'"):
        days(late, early)
