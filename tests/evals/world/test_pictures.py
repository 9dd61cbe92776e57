"""Drawn documents and selfies: the same for the same plan, hashed, and told apart by the face model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pytest

from evals.world.build import build
from evals.world.papers import Papers, Recording
from evals.world.pictures import Sitting, draw, thresholds
from vision import decode, face
from vision.consistency.likeness import SAME, distance
from vision.liveness import assess

pytestmark = pytest.mark.heavy

TODAY = date(2026, 6, 1)


def papers(**changes) -> Papers:
    plain = Papers(
        surname="Iyer", given="Anil", birth=date(1986, 3, 4), sex="M", nationality="IND", number="C12345678",
        kind="passport", template=7, issued=date(2024, 1, 2), expires=date(2034, 1, 2), portrait_face=1000,
        selfie_face=1000, seed=5, capture="scan",
    )  # fmt: skip
    return replace(plain, **changes)


def sitting(*companions: str, **changes) -> Sitting:
    return Sitting("C-1", papers(**changes), 1000, TODAY, companions)


@pytest.fixture(scope="module")
def plain():
    return draw(sitting("U77"))


def cosine(left, right) -> float:
    return float(np.dot(left, right))


def test_equal_sittings_give_equal_bytes(plain):
    assert draw(sitting("U77")) == plain


def test_pictures_are_jpegs_that_load(plain):
    assert min(decode.still(plain.document).rgb.shape[:2]) > 500
    assert decode.still(plain.selfie).rgb.shape == (480, 480, 3)


def test_a_companion_shows_the_same_face_and_a_stranger_another(plain):
    [(customer, other)] = plain.companions
    stranger = draw(sitting(selfie_face=5000))
    assert customer == "U77"
    assert cosine(plain.vector, other) > thresholds()["face_match"] > cosine(plain.vector, stranger.vector)


def test_an_edit_of_the_text_keeps_the_hash_of_the_photograph(plain):
    edits = {"surname": "NAIR", "birth_date": date(1990, 1, 1)}
    photo, edited = draw(sitting(capture="phone")), draw(sitting(capture="phone", forgery="text", edits=edits))
    assert edited.document != photo.document
    assert distance(edited.image_hash, photo.image_hash) <= SAME < distance(plain.image_hash, photo.image_hash)


def test_a_pasted_portrait_changes_the_document_alone(plain):
    pasted = draw(sitting(forgery="portrait", pasted_face=5000))
    assert pasted.document != plain.document
    assert pasted.selfie == plain.selfie


def test_a_resave_shrinks_the_document_and_a_dim_selfie_is_darker(plain):
    dim = draw(sitting(selfie_light=0.4, resaves=2))
    assert decode.still(dim.document).rgb.shape[0] < decode.still(plain.document).rgb.shape[0]
    assert decode.still(dim.selfie).rgb.mean() < 0.5 * decode.still(plain.selfie).rgb.mean()


def test_a_clip_is_drawn_only_where_the_story_has_one_and_shows_the_head_of_the_selfie(plain):
    with_clip = draw(sitting(clip=Recording("converted", "blink")))
    assert plain.clip is None
    assert (with_clip.document, with_clip.selfie) == (plain.document, plain.selfie)
    found = assess(with_clip.clip, None, "blink", thresholds()["face_match"])
    assert found.converted is True
    assert found.challenge is not None
    assert found.challenge.answered is True
    shown = face.describe(decode.clip(with_clip.clip).frames[0]).vector
    assert cosine(shown, plain.vector) > thresholds()["face_match"]


def test_the_two_thresholds_leave_a_band_between_them():
    assert 0 < thresholds()["face_mismatch"] < thresholds()["face_match"] < 1


@pytest.mark.slow
def test_a_build_with_pictures_is_deterministic_and_its_hashes_hold(tmp_path):
    first, second = (build(tmp_path / n, seed=2, customers=60, cases=6) for n in ("one", "two"))
    assert [case.attachments for case in first.cases] == [case.attachments for case in second.cases]
    pictured = [case for case in first.cases if case.attachments]
    assert pictured
    for case in pictured:
        assert {attachment.role for attachment in case.attachments} - {"clip"} == {"document", "selfie"}
        assert all((attachment.asked is not None) == (attachment.role == "clip") for attachment in case.attachments)
        for attachment in case.attachments:
            content = (tmp_path / "one" / attachment.path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == attachment.sha256
            assert (tmp_path / "two" / attachment.path).read_bytes() == content
    assert json.loads((tmp_path / "one/source.json").read_text())["thresholds"] == thresholds()
    with duckdb.connect(str(tmp_path / "one/warehouse.duckdb"), read_only=True) as connection:
        counted = connection.execute("SELECT count(*), count(DISTINCT image_hash) FROM kyc_submissions").fetchone()
    assert counted[0] >= 60
    assert counted[1] > 50
