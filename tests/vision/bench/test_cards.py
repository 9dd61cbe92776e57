from __future__ import annotations

from dataclasses import replace

import pytest

from vision.bench import cards
from vision.bench.cards import SETS, Manifest, SetManifest, drawn, hash_of, manifest, rebuilt
from vision.errors import BenchError

pytestmark = pytest.mark.heavy


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A manifest of one set with two pictures, of people whose heads cost nothing to draw again."""
    recipe = replace(SETS["in_distribution"], heads=range(2000, 2002))
    monkeypatch.setattr(cards, "SETS", {"in_distribution": recipe})
    small = Manifest(note="", sets={"in_distribution": SetManifest(counts={"genuine": 1, "edited": 1}, sha256="")})
    monkeypatch.setattr(cards, "manifest", lambda: small)
    return small


def test_every_set_is_in_the_manifest_with_both_classes() -> None:
    sets = manifest().sets
    assert set(sets) == set(SETS)
    for name, frozen in sets.items():
        assert frozen.counts["genuine"] == frozen.counts["edited"] >= 50, name
        assert len(frozen.sha256) == 64, name


def test_a_set_has_the_pictures_its_manifest_names_and_is_checked(
    tiny: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rebuilt("in_distribution")
    assert [specimen.truth for specimen in found.specimens] == ["genuine", "edited"]
    assert not found.unchanged
    known = SetManifest(counts={"genuine": 1, "edited": 1}, sha256=found.sha256)
    monkeypatch.setattr(cards, "manifest", lambda: Manifest(note="", sets={"in_distribution": known}))
    assert rebuilt("in_distribution").unchanged


def test_the_set_of_learned_inpainting_holds_what_a_network_filled() -> None:
    (first,) = drawn("learned_inpainting", {"edited": 1})
    assert (first.truth, first.operator) == ("edited", "inpaint")
    assert first.mask is not None
    assert hash_of(one.data for one in drawn("learned_inpainting", {"edited": 1})) == hash_of(iter([first.data]))


def test_an_unknown_set_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BenchError, match="no set of cards is called 'easy'; ask for one of in_distribution"):
        rebuilt("easy")


def test_the_hash_depends_on_the_pictures_and_on_their_order() -> None:
    assert hash_of(iter([b"a", b"b"])) == hash_of(iter([b"a", b"b"]))
    assert hash_of(iter([b"a", b"b"])) != hash_of(iter([b"b", b"a"]))


def test_a_manifest_is_frozen_with_the_hashes_that_sets_have_here(tiny: Manifest) -> None:
    found = cards.frozen().sets["in_distribution"]
    assert found.counts == tiny.sets["in_distribution"].counts
    assert found.sha256 == rebuilt("in_distribution").sha256
