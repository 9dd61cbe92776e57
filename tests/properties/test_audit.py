"""Whatever is changed in a chain of audit entries is found, and a chain that nobody touched is whole."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.audit import GENESIS, Kept, backwards, body_sha256, canonical, compare, grown, head, link, verify
from agent.case import AuditEntry
from tools.evidence import fingerprint

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
contents = st.dictionaries(
    st.sampled_from(["attempt", "reason_code", "n"]), words | st.integers() | st.none(), max_size=3
)
steps = st.lists(st.tuples(words, words, contents), min_size=1, max_size=8)


def chain(told: list[tuple[str, str, dict[str, str | int | None]]], case_id: str = "C-1") -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for actor, action, content in told:
        last = entries[-1] if entries else None
        entries.append(link(last, case_id, "2026-11-01T08:00:00Z", actor, action, canonical(content)))
    return entries


@given(steps)
def test_an_untouched_chain_is_whole(told: list[tuple[str, str, dict[str, str | int | None]]]) -> None:
    entries = chain(told)
    assert verify("C-1", entries) == ()
    assert entries[0].previous == GENESIS
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))


@given(steps, st.data())
def test_a_changed_field_is_found_where_it_was_changed(
    told: list[tuple[str, str, dict[str, str | int | None]]], data: st.DataObject
) -> None:
    entries = chain(told)
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(["at", "actor", "action", "content", "previous", "sha256", "case_id"]))
    changed = data.draw(words)
    assume(changed != getattr(entries[place], field))
    entries[place] = entries[place].model_copy(update={field: changed})
    assert place + 1 in {each.sequence for each in verify("C-1", entries)}


def test_an_entry_of_a_clock_that_was_set_back_is_found() -> None:
    entries: list[AuditEntry] = []
    for at in ("2026-11-01T08:00:00Z", "2026-11-01T07:59:50Z", "2026-10-22T08:00:00Z"):
        entries.append(link(entries[-1] if entries else None, "C-1", at, "bob", "reviewed", "{}"))
    assert [(each.sequence, each.what) for each in verify("C-1", entries)] == [
        (3, "is dated before the entry before it")
    ]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-01T07:50:00Z", False),
        ("2026-11-01T07:49:59Z", True),
        ("2026-11-01T09:49:59+02:00", True),
        ("2026-11-01T07:00:00", False),
        ("yesterday", False),
    ],
)
def test_a_clock_may_be_put_right_by_ten_minutes(at: str, told: bool) -> None:
    assert backwards("2026-11-01T08:00:00Z", at) is told


@given(steps, st.data())
def test_an_entry_rewritten_with_a_new_hash_breaks_the_next(
    told: list[tuple[str, str, dict[str, str | int | None]]], data: st.DataObject
) -> None:
    entries = chain([*told, ("last", "noted", {})])
    place = data.draw(st.integers(0, len(entries) - 2))
    forged = entries[place].model_copy(update={"actor": entries[place].actor + "!", "sha256": ""})
    entries[place] = forged.model_copy(update={"sha256": fingerprint(forged)})
    assert place + 2 in {each.sequence for each in verify("C-1", entries)}


@pytest.mark.parametrize("forged", [{"sequence": 2}, {"case_id": "C-2"}, {"previous": "a" * 64}])
def test_an_entry_forged_as_the_first_is_found_by_what_was_forged(forged: dict[str, str | int]) -> None:
    bare = chain([("ada", "noted", {})])[0].model_copy(update={**forged, "sha256": ""})
    (found,) = verify("C-1", [bare.model_copy(update={"sha256": fingerprint(bare)})])
    assert found.sequence == 1
    assert "was changed" not in found.what


@given(steps, st.data())
def test_a_lost_doubled_or_swapped_entry_is_found(
    told: list[tuple[str, str, dict[str, str | int | None]]], data: st.DataObject
) -> None:
    entries = chain([*told, ("last", "noted", {})])
    place = data.draw(st.integers(0, len(entries) - 2))
    lost = entries[:place] + entries[place + 1 :]
    doubled = entries[: place + 1] + entries[place:]
    swapped = [*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]]
    assert all(verify("C-1", each) for each in (lost, doubled, swapped))


@given(st.integers(0, 3))
def test_a_chain_cut_short_at_its_end_does_not_match_the_store(cut: int) -> None:
    case, file, review = (json.dumps({"what": name}) for name in ("case", "file", "review"))
    entries = chain(
        [
            ("casework", "added", {"status": "open", "case": body_sha256(case)}),
            ("casework", "drafted", {"status": "drafted", "file": body_sha256(file)}),
            ("ada", "reviewed", {"status": "closed", "review": body_sha256(review)}),
            ("casework", "noted", {}),
        ]
    )
    kept = Kept(body_sha256(case), "closed", (body_sha256(file),), (body_sha256(review),))
    found = compare("C-1", entries[: len(entries) - cut], kept)
    assert bool(found) == (cut > 1)


def test_a_stored_file_that_is_gone_is_named_where_it_was_spoken_of() -> None:
    case = json.dumps({"what": "case"})
    entries = chain(
        [
            ("casework", "added", {"status": "open", "case": body_sha256(case)}),
            ("casework", "drafted", {"status": "drafted", "file": "f" * 64}),
        ]
    )
    found = compare("C-1", entries, Kept(body_sha256(case), "drafted", (), ()))
    assert [(each.sequence, each.what) for each in found] == [
        (2, "the file it speaks of is gone, changed or out of order")
    ]


@given(st.permutations(["1", "2", "3"]), st.sampled_from(["file", "review"]))
def test_files_and_reviews_are_held_in_the_order_they_were_recorded(order: list[str], name: str) -> None:
    action = {"file": "drafted", "review": "reviewed"}[name]
    entries = chain([("ada", action, {"status": "drafted", name: each, "case": "c"}) for each in ("1", "2", "3")])
    files, reviews = (tuple(order), ()) if name == "file" else ((), tuple(order))
    assert len(compare("C-1", entries, Kept("c", "drafted", files, reviews))) == (order != ["1", "2", "3"])


def test_a_chain_that_had_no_entry_has_grown_whatever_came() -> None:
    assert grown({"C-1": head(())}, {}) == grown({"C-1": head(())}, {"C-1": ("a" * 64,)}) == ()


@given(st.dictionaries(words, st.floats(allow_nan=False, allow_infinity=False) | words | st.integers(), max_size=4))
def test_a_body_hashes_alike_however_its_json_is_spaced(value: dict[str, float | str | int]) -> None:
    spaced = json.dumps(value, indent=3)
    assert body_sha256(spaced) == body_sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    timed = [json.dumps({"timings_ms": {"gather": each}, "value": value}) for each in (1.5, 2.5)]
    assert body_sha256(timed[0]) == body_sha256(timed[1])
