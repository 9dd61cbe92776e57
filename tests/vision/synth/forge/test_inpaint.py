"""A mark cleared by the network: which places, nothing else, and another value over it."""

from __future__ import annotations

import numpy as np
import pytest

from vision.synth.capture import Photograph
from vision.synth.forge import edit, forge
from vision.synth.forge.inpaint import inpaint
from vision.synth.forge.scene import Edit, Wish, window

pytestmark = pytest.mark.heavy

PLACES = ("surname", "given_names", "birth_date", "number", "expiry_date", "signature", "portrait")


@pytest.fixture(scope="module")
def made(photo: Photograph) -> list[Edit]:
    return [inpaint(photo, np.random.default_rng(seed), Wish({}, None)) for seed in range(12)]


def place_of(touched: np.ndarray, photo: Photograph) -> str:
    """The part of the page that most of an edit lies in."""
    return max(PLACES, key=lambda name: int(touched[window(photo.boxes[name])].sum()))


def test_nothing_changes_outside_the_mask(photo: Photograph, made: list[Edit]) -> None:
    for one in made:
        assert np.array_equal(one.rgb[~one.touched], photo.rgb[~one.touched])
        assert (one.rgb[one.touched] != photo.rgb[one.touched]).any(axis=1).mean() > 0.5


def test_fields_are_cleared_oftenest_and_other_places_too(photo: Photograph, made: list[Edit]) -> None:
    places = [place_of(one.touched, photo) for one in made]
    assert {"signature", "portrait"} <= set(places)
    assert sum(place not in ("signature", "portrait") for place in places) > len(places) / 2


def test_about_half_of_the_fields_are_written_again(photo: Photograph, made: list[Edit]) -> None:
    dark = []
    for one in made:
        place = place_of(one.touched, photo)
        if place not in ("signature", "portrait"):
            dark.append(one.rgb[one.touched].min() < photo.rgb[window(photo.boxes[place])].min() + 40)
    assert 0.2 < np.mean(dark) < 0.8


def test_a_value_that_is_asked_for_is_written_where_it_belongs(photo: Photograph) -> None:
    asked = Wish({"surname": "Kowalska"}, None)
    one = inpaint(photo, np.random.default_rng(1), asked)
    place = window(photo.boxes["surname"])
    assert place_of(one.touched, photo) == "surname"
    assert one.rgb[place].min() < photo.rgb[place].min() + 40
    again = inpaint(photo, np.random.default_rng(1), asked)
    assert np.array_equal(one.rgb, again.rgb)


def test_it_is_hidden_as_other_edits_are(photo: Photograph) -> None:
    """Some seeds leave the edit as it was made, some change pixels after it."""
    same = []
    for seed in range(6):
        rng = np.random.default_rng([0xF0E6, 13, seed])
        bare = edit(photo, "inpaint", rng, Wish({}, None))
        same.append(np.array_equal(forge(photo, "inpaint", seed).rgb, bare.rgb))
    assert any(same)
    assert not all(same)
