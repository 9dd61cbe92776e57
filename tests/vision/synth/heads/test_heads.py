"""Made-up people: the same integer is the same person, whatever the capture."""

from __future__ import annotations

import socket
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import face
from vision.face.rotations import sight
from vision.synth import heads
from vision.synth.heads import Look, Pose
from vision.synth.heads import mesh as heads_mesh
from vision.synth.heads.person import HAIR_COLOURS, person, shape_weights, skin_colour
from vision.synth.heads.skin import grey_share

pytestmark = pytest.mark.heavy

PEOPLE = (7, 8, 9)


@cache
def vectors(number: int) -> np.ndarray:
    pictures = [heads.portrait(number, size=200), heads.selfie(number, 0, size=240), heads.selfie(number, 1, size=240)]
    return np.stack([vector for each in pictures if (vector := face.describe(each).vector) is not None])


def test_pictures_have_the_promised_shape() -> None:
    picture = heads.selfie(7, 0, size=96)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    assert heads.portrait(7, size=64).shape == (64, 64, 3)
    assert picture.std() > 10


def test_the_same_integers_give_the_same_bytes() -> None:
    assert heads.selfie(7, 3, size=96).tobytes() == heads.selfie(7, 3, size=96).tobytes()
    assert heads.portrait(7, 1, size=96).tobytes() == heads.portrait(7, 1, size=96).tobytes()


def test_another_process_gives_the_same_bytes() -> None:
    code = "import sys; from vision.synth import heads; sys.stdout.buffer.write(heads.selfie(7, 3, size=64).tobytes())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120)
    assert other.stdout == heads.selfie(7, 3, size=64).tobytes()


def test_captures_differ() -> None:
    first, second = (heads.selfie(7, capture, size=96).astype(int) for capture in (0, 1))
    assert np.abs(first - second).mean() > 5


def test_no_network_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    heads_mesh.morph.cache_clear()
    heads_mesh.base.cache_clear()
    assert heads.portrait(11, size=48).shape == (48, 48, 3)


@pytest.mark.parametrize("number", PEOPLE)
def test_one_person_matches_in_every_capture(number: int) -> None:
    found = vectors(number)
    assert len(found) == 3
    assert (found @ found.T).min() >= heads.MATCH_THRESHOLD


def test_different_people_do_not_match() -> None:
    for one, other in ((7, 8), (8, 9), (7, 9)):
        assert (vectors(one) @ vectors(other).T).max() < heads.MATCH_THRESHOLD


def test_an_aged_face_is_still_the_person() -> None:
    older = face.describe(heads.selfie(7, 2, years=8, size=240)).vector
    assert older is not None
    assert float(older @ vectors(7)[0]) >= heads.MISMATCH_THRESHOLD


def test_years_change_the_face() -> None:
    now, later = (heads.render(7, Pose(), Look(seed=1), 96, years).astype(int) for years in (0.0, 25.0))
    assert np.abs(now - later).mean() > 0.5


def test_yaw_turns_the_head_to_the_side() -> None:
    detector = face.detector()

    def nose_offset(yaw: float) -> float:
        seen = sight(heads.render(7, Pose(yaw=yaw), Look(seed=1), 240), detector).faces[0]
        left, right, nose = seen.landmarks[:3]
        return float((nose[0] - (left[0] + right[0]) / 2) / (right[0] - left[0]))

    assert nose_offset(-18) < nose_offset(0) - 0.1 < nose_offset(18) - 0.2


def test_blinking_and_opening_the_mouth_move_only_the_head() -> None:
    calm, active = (heads.render(7, pose, Look(seed=1), 160).astype(int) for pose in (Pose(), Pose(mouth=0.8, blink=1)))
    moved = np.abs(calm - active).sum(axis=2) > 30
    assert moved.sum() > 100
    assert not moved[:, :15].any()


def test_both_sexes_occur() -> None:
    assert {person(number).sex for number in range(60)} == {"F", "M"}


@given(st.integers(0, 2**40))
@settings(deadline=None, max_examples=60)
def test_every_person_is_within_bounds(number: int) -> None:
    someone = person(number)
    assert 19 <= someone.age <= 62
    assert 0 <= someone.melanin <= 1
    assert sum(someone.ancestry) == pytest.approx(1)
    assert all(0 <= weight <= 1.2 for weight in someone.morphs.values())
    assert someone.beard == 0 or someone.sex == "M"
    assert all(0 <= share <= 1 for share in skin_colour(someone.melanin))
    assert len(someone.hair) == len(HAIR_COLOURS[0])


@given(st.integers(0, 500), st.floats(-30, 60))
@settings(deadline=None, max_examples=60)
def test_shape_weights_share_age_ancestry_and_build_out(number: int, years: float) -> None:
    weights = shape_weights(person(number), years)
    ancestry = sum(weight for name, weight in weights.items() if name.startswith(("macrodetails/a", "macrodetails/c")))
    build = sum(weight for name, weight in weights.items() if name.startswith("macrodetails/universal"))
    assert ancestry == pytest.approx(1)
    assert build == pytest.approx(1)
    assert min(weights.values()) >= 0


@given(st.integers(0, 500), st.floats(0, 30), st.floats(0, 30))
@settings(deadline=None, max_examples=40)
def test_hair_only_greys(number: int, years: float, more: float) -> None:
    someone = person(number)
    assert grey_share(someone, years) <= grey_share(someone, years + more)


def test_the_bust_is_whole() -> None:
    bust = heads_mesh.base()
    assert bust.triangles.max() < len(bust.vertices) == len(bust.source)
    assert bust.uv.shape == (len(bust.triangles), 3, 2)
    assert set(bust.part) == set(heads_mesh.PARTS.values())
    assert len(heads_mesh.local_labels()) > 120


def test_a_blend_of_nothing_is_the_average() -> None:
    assert np.array_equal(heads_mesh.blend({}), heads_mesh.base().vertices)
    moved = heads_mesh.blend({"nose/nose-hump-incr": 1.0}) - heads_mesh.base().vertices
    assert 0 < (np.abs(moved).max(axis=1) > 1e-4).sum() < 1500


def test_masks_mark_small_parts() -> None:
    lips, ears = heads_mesh.mask("lips"), heads_mesh.mask("ears")
    vertices = heads_mesh.base().vertices
    assert np.abs(vertices[lips > 0.5, 1] - 6.6).max() < 0.25
    assert np.abs(vertices[ears > 0.9, 0]).min() > 0.5
