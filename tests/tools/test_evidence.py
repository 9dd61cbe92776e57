"""The ledger stays in order, a reference leads to its fact alone, and the root covers all of it."""

from __future__ import annotations

import hashlib

import pytest

from tools.evidence import Evidence, Fact, Ledger, Provenance, Unavailable, Value, fingerprint

MADE = Provenance(tool="t", version="1")
GONE = Unavailable(id="E2", tool="t", reason="down", provenance=MADE)


def told(entry_id: str, **facts: Value) -> Evidence:
    known = tuple(Fact(name=name.replace("_", "."), value=value) for name, value in facts.items())
    return Evidence(id=entry_id, tool="t", trust="recorded", facts=known, provenance=MADE)


LEDGER = Ledger().append(told("E1", a_b=1, a_c=2)).append(GONE).append(told("E3", a_b=3))


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("E1.a.b", 1),
        ("E1.a.c", 2),
        ("E3.a.b", 3),
        *((each, None) for each in ("E3.a.c", "E2.a.b", "E4.a.b", "E1", "E1.", "E1.a", "a.b", "")),
    ],
)
def test_a_reference_leads_to_its_fact_alone(reference: str, value: Value | None) -> None:
    fact = LEDGER.resolve(reference)
    assert (fact and fact.value) == value


@pytest.mark.parametrize("entry_id", ["E3", "E5", ""])
def test_what_is_out_of_order_is_refused_with_the_id_that_comes_next(entry_id: str) -> None:
    with pytest.raises(ValueError, match=f"'{entry_id}' is out of order; the next id is 'E4'"):
        LEDGER.append(told(entry_id))
    assert LEDGER.append(told("E4")).entries[:3] == LEDGER.entries


def test_the_root_covers_all_of_it() -> None:
    first, _, last = LEDGER.entries
    others = (
        (),
        (first, GONE),
        (last, GONE, first),
        (told("E1", a_b=1, a_c=5), GONE, last),
        (first, GONE.model_copy(update={"reason": "up"}), last),
    )
    assert len({LEDGER.root, *(Ledger(entries=each).root for each in others)}) == 1 + len(others)
    assert Ledger.model_validate_json(LEDGER.model_dump_json()).root == LEDGER.root


def test_a_value_has_the_hash_it_had_in_every_version() -> None:
    """Hashes are kept with files and in the audit chain: what was written must still be told by them."""
    pinned = hashlib.sha256('{"name":"a.b","unit":"€","value":1.5}'.encode()).hexdigest()
    assert fingerprint(Fact(value=1.5, name="a.b", unit="€")) == pinned
