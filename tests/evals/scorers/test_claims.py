"""Reading claims back from the words of a draft."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.case import Statement
from agent.draft.plan import plain
from agent.policy.domain import Domain, describe
from agent.policy.expression import leaves
from agent.policy.parse import parse_rule
from evals.scorers.claims import read_flip, values
from tools.evidence import FactSpec, Kind
from tools.registry import fact_specs

SHARE = FactSpec(name="a.share", kind="number", meaning="m", low=0, high=1)
PART = FactSpec(name="g.part", kind="number", meaning="m", unit="share", low=0, high=1)
HOURS = FactSpec(name="b.hours", kind="number", meaning="m", unit="hours", low=0)
DAYS = FactSpec(name="c.days", kind="count", meaning="m", unit="days")
USD = FactSpec(name="d.usd", kind="number", meaning="m", unit="USD", low=0)
FLAG = FactSpec(name="e.flag", kind="flag", meaning="m")
KIND = FactSpec(name="f.kind", kind="category", meaning="m", choices=("one_sort", "another", "third"))
SPECS = {spec.name: spec for spec in (SHARE, PART, HOURS, DAYS, USD, FLAG, KIND)}


@pytest.mark.parametrize(
    ("words", "spec", "fitting"),
    [
        ("below 0.80", SHARE, (0.0, 0.395, 0.79)),
        ("0.80 or more", SHARE, (0.81, 0.905, 1.0)),
        ("below 80%", PART, (0.0, 0.395, 0.79)),
        ("from 12.5% to below 80%", PART, (0.126, 0.458, 0.79)),
        ("exactly 7%", PART, (0.07,)),
        ("below 12 hours", HOURS, (0.0, 5.5, 11.0)),
        ("1 hour or more", HOURS, (2.0, 2.5, 3.0)),
        ("30 days or more", DAYS, (30, 60, 90)),
        ("from 3 days to below 12 days", DAYS, (3, 7, 11)),
        ("above -4 days", DAYS, (-3, 0, 4)),
        ("10,000 USD or more or none", USD, (10_001.0, 20_000.5, 30_000.0, None)),
        ("exactly 3 days", DAYS, (3,)),
        ("below 0.005", SHARE, (0.0, 0.002, 0.004)),
        ("yes", FLAG, (True,)),
        ("no or none", FLAG, (False, None)),
        ("one sort or third", KIND, ("one_sort", "third")),
        ("rather little", SHARE, ()),
        ("below 0.80 and then some", SHARE, ()),
    ],
)
def test_words_become_values_that_fit_them(words: str, spec: FactSpec, fitting: tuple[object, ...]) -> None:
    found = values(words, spec)
    assert [type(each) for each in found] == [type(each) for each in fitting]
    assert [pytest.approx(each) if isinstance(each, float) else each for each in fitting] == list(found)


def test_a_stretch_narrower_than_its_digits_is_tried_in_the_middle() -> None:
    assert values("above 0.99", SHARE) == (pytest.approx(1.0),)
    assert values("from 0.50 to below 0.51", SHARE) == (pytest.approx(0.505),)


@st.composite
def described(draw: st.DrawFn) -> tuple[Domain, list[int]]:
    """A domain cut by a few comparisons, and some of its cells."""
    kind: Kind = draw(st.sampled_from(["count", "number", "flag", "category"]))
    where = {"none_where": draw(st.sampled_from(["", "test.count"]))}
    number = draw(st.sampled_from([SHARE, PART]))
    spec = {"count": DAYS, "number": number, "flag": FLAG, "category": KIND}[kind].model_copy(update=where)
    constants = {
        "count": st.integers(-50, 50).map(str),
        "number": st.integers(5, 95).map(lambda cent: f"{cent / 100:.2f}"),
        "flag": st.sampled_from(["true", "false"]),
        "category": st.sampled_from([f'"{choice}"' for choice in KIND.choices]),
    }[kind]
    symbols = ["<", "<=", ">", ">=", "=="] if kind in {"count", "number"} else ["==", "!="]
    cuts = draw(st.lists(st.tuples(st.sampled_from(symbols), constants), min_size=1, max_size=3))
    condition = parse_rule(" and ".join(f"{spec.name} {symbol} {constant}" for symbol, constant in cuts), {})
    domain = Domain(spec, tuple(leaves(condition)))  # type: ignore[arg-type]
    return domain, draw(st.lists(st.sampled_from(range(len(domain.cells))), min_size=1, unique=True))


@given(described())
def test_every_value_read_from_a_description_lies_in_what_was_described(given_: tuple[Domain, list[int]]) -> None:
    domain, cells = given_
    found = values(describe(domain, cells), domain.spec)
    assert found
    assert {domain.index(value) for value in found} <= set(cells)


def statement(text: str, *references: str) -> Statement:
    return Statement(text=text, references=references, source="template", part="flip")


def test_a_claim_is_read_with_all_its_changes() -> None:
    claim = read_flip(
        statement(
            "If a share were below 0.80 (now 0.91) and e flag were no (now yes), "
            "the recommendation would be to request information.",
            "E1.a.share",
            "E2.e.flag",
        ),
        SPECS,
    )
    assert claim.then == "request_information"
    assert {tuple(trial) for trial in claim.trials} == {("E1.a.share", "E2.e.flag")}
    assert all(trial["E2.e.flag"] is False for trial in claim.trials)
    tried = list(dict.fromkeys(trial["E1.a.share"] for trial in claim.trials))
    assert tried == [0.0, pytest.approx(0.395), pytest.approx(0.79)]


@pytest.mark.parametrize(
    "text",
    [
        "If a share were below 0.80, the recommendation would be to approve.",
        "If a share were below 0.80 (now 0.91), the recommendation would be to smile.",
        "If something else were below 0.80 (now 0.91), the recommendation would be to approve.",
    ],
)
def test_a_sentence_of_another_form_is_a_claim_that_cannot_be_read(text: str) -> None:
    claim = read_flip(statement(text, "E1.a.share"), SPECS)
    assert claim.then is None
    assert claim.trials == ()


def test_words_that_make_no_sense_leave_nothing_to_try() -> None:
    text = "If a share were rather little (now 0.91), the recommendation would be to approve."
    claim = read_flip(statement(text, "E1.a.share"), SPECS)
    assert claim.trials == ()


def test_names_of_facts_stay_apart_as_words() -> None:
    assert len({plain(name) for name in fact_specs()}) == len(fact_specs())
