"""Verdicts on stills and clips: not assessed where nothing can tell, an attack by what a clip shows."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision import decode, liveness
from vision.bench.liveness import told_as
from vision.errors import BadImage, WeightsError
from vision.liveness import NO_CLIP, NO_WEIGHTS, STILL, SYNTHETIC, assess
from vision.synth import clips, heads
from vision.synth.clips import TICKS, ClipKind, Encoding, encode
from vision.types import Box, Liveness, ModelVersion

pytestmark = pytest.mark.heavy

Recorded = Callable[[ClipKind], bytes]
Judged = Callable[[ClipKind], Liveness]
SAME = heads.MATCH_THRESHOLD
FIXED = ModelVersion(name="fixed", sha256="ab" * 32)


@dataclass
class Fixed:
    """A model that has made up its mind."""

    answer: float
    threshold: float = 0.5
    version: ModelVersion = FIXED

    def score(self, rgb: np.ndarray, box: Box) -> float:
        assert rgb.ndim == 3
        assert box.width > 40
        return self.answer


def jpeg(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def selfie() -> bytes:
    return jpeg(heads.selfie(61_003, 0, size=240))


TRUSTING = Fixed(0.9)


@pytest.fixture(scope="module")
def judged(recorded: Recorded) -> Judged:
    """What becomes of a clip of each kind with a model that trusts it, told once."""

    @cache
    def judge(kind: ClipKind) -> Liveness:
        return assess(recorded(kind), TRUSTING, same_face=SAME)

    return judge


def test_without_weights_a_still_is_not_assessed(selfie: bytes) -> None:
    answer = assess(selfie, None)
    assert (answer.verdict, answer.score, answer.model, answer.reason) == ("not_assessed", None, None, NO_WEIGHTS)


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"holds no model that this version can run"):
        liveness.model_of(tmp_path)
    with pytest.raises(WeightsError, match="is not a folder"):
        liveness.model_of(tmp_path / "gone")


def test_what_is_neither_picture_nor_clip_is_refused() -> None:
    for data in (b"\x00\x00\x00\x18ftypisom", b"text", b""):
        with pytest.raises(BadImage):
            assess(data, None)


def test_a_still_may_be_an_attack_and_is_never_live(selfie: bytes) -> None:
    for score, verdict, reason in ((1.0, "not_assessed", STILL), (0.5, "not_assessed", STILL), (0.49, "attack", "")):
        answer = assess(selfie, Fixed(score))
        assert (answer.verdict, answer.score, answer.reason) == (verdict, score, reason)
        assert answer.quality is not None


def test_a_still_without_a_usable_face_is_not_assessed(selfie: bytes) -> None:
    nobody = assess(jpeg(np.full((200, 200, 3), 128, np.uint8)), TRUSTING)
    assert (nobody.verdict, nobody.score) == ("not_assessed", None)
    assert "no face was found" in nobody.reason


@pytest.mark.parametrize("model", [TRUSTING, None])
def test_a_still_instead_of_the_clip_that_was_asked_for_is_unusable(selfie: bytes, model: Fixed | None) -> None:
    asked = assess(selfie, model, "nod")
    assert (asked.verdict, asked.usable, asked.reason) == ("not_assessed", False, NO_CLIP)
    assert assess(selfie, model).usable is None


def test_an_honest_clip_without_a_model_shows_nothing_and_is_not_live(recorded: Recorded) -> None:
    answer = assess(recorded("genuine"), None, "turn_left", SAME)
    assert (answer.verdict, answer.reason, answer.signals) == ("not_assessed", NO_WEIGHTS, ())
    assert answer.identity_constant is True
    assert answer.challenge is not None
    assert answer.challenge.answered is True
    assert (answer.repeated, answer.screen, answer.converted) == (False, False, False)
    assert answer.frames == 24


def test_with_a_model_it_is_live_but_only_if_it_does_what_was_asked(recorded: Recorded) -> None:
    assert assess(recorded("genuine"), TRUSTING, "turn_left", SAME).verdict == "live"
    failed = assess(recorded("genuine"), TRUSTING, "nod", SAME)
    assert failed.verdict == "attack"
    assert "nod was asked for and not done" in failed.reason


def cut(frames: np.ndarray) -> bytes:
    """A clip of these frames, as a phone encodes it."""
    return encode(np.ascontiguousarray(frames), Encoding(TICKS // 25 * np.arange(len(frames))))


def test_a_mirrored_clip_is_neither_live_nor_an_attack(recorded: Recorded) -> None:
    answer = assess(cut(decode.clip(recorded("genuine")).frames[:, :, ::-1]), TRUSTING, "turn_left", SAME)
    assert (answer.verdict, answer.usable, answer.identity_constant) == ("not_assessed", True, True)
    assert "turns to the other side; record again without mirroring" in answer.reason
    assert "challenge_unclear" in {signal.code for signal in answer.signals}


@pytest.mark.parametrize("away", [slice(24, 30), slice(30, 42)])
def test_another_person_for_a_moment_is_an_attack(recorded: Recorded, away: slice) -> None:
    frames = decode.clip(recorded("genuine")).frames.copy()
    other = decode.clip(recorded("swapped")).frames
    frames[away] = other[away] if away.start >= 30 else other[50 : 50 + away.stop - away.start]
    answer = assess(cut(frames), TRUSTING, "turn_left", SAME)
    assert (answer.verdict, answer.identity_constant) == ("attack", False)
    assert "face" in answer.reason


def test_a_clip_that_lies_on_its_side_is_followed_where_its_middle_shows_nobody(recorded: Recorded) -> None:
    frames = np.rot90(decode.clip(recorded("genuine")).frames, axes=(1, 2)).copy()
    frames[26:34] = 128
    assert assess(cut(frames), None, same_face=SAME).frames >= 18


def test_a_lens_covered_for_a_second_is_not_accused(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames.copy()
    frames[16:40] = 0
    answer = assess(cut(frames), TRUSTING, "turn_left", SAME)
    assert (answer.verdict, answer.repeated) == ("not_assessed", False)
    assert answer.challenge is not None
    assert answer.challenge.answered is None
    assert "out of sight" in answer.reason


@pytest.mark.parametrize(("kind", "code"), [("looped", "looped_frames"), ("frozen", "frozen_frames")])
def test_repeated_frames_are_an_attack_whatever_the_model_says(judged: Judged, kind: ClipKind, code: str) -> None:
    answer = judged(kind)
    assert (answer.verdict, answer.repeated, answer.score) == ("attack", True, 0.9)
    assert code in {signal.code for signal in answer.signals}


def test_a_clip_that_stalls_for_a_second_asks_for_another(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames
    stalled = cut(np.concatenate([frames[:8], np.repeat(frames[8:9], 25, axis=0), frames[9:]]))
    for model in (TRUSTING, None):
        answer = assess(stalled, model, "turn_left", SAME)
        assert (answer.verdict, answer.usable, answer.repeated) == ("not_assessed", False, True)
        assert "stands still for 1." in answer.reason
    assert answer.challenge is not None
    assert answer.challenge.answered is True


def test_a_clip_that_stalls_where_the_challenge_is_to_be_answered_is_an_attack(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames
    stalled = cut(np.concatenate([frames[:12], np.repeat(frames[12:13], 20, axis=0), frames[:12]]))
    answer = assess(stalled, TRUSTING, "turn_left", SAME)
    assert (answer.verdict, answer.usable) == ("attack", False)
    assert "turn left was asked for and not done" in answer.reason


def test_a_clip_that_is_played_forwards_and_backwards_is_an_attack(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames[:40]
    answer = assess(cut(np.concatenate([frames, frames[::-1]])), TRUSTING, same_face=SAME)
    assert (answer.verdict, answer.repeated) == ("attack", True)
    assert "backwards from 1.6 s on" in answer.reason


def test_another_face_halfway_is_an_attack(judged: Judged) -> None:
    answer = judged("swapped")
    assert (answer.verdict, answer.identity_constant) == ("attack", False)
    assert "different faces" in answer.reason


@pytest.mark.parametrize("kind", ["converted", "injected"])
def test_a_file_from_software_is_not_called_live_nor_an_attack(judged: Judged, kind: ClipKind) -> None:
    answer = judged(kind)
    assert (answer.verdict, answer.converted) == ("not_assessed", True)
    assert "software" in answer.reason


def test_a_filmed_display_is_not_called_live(judged: Judged) -> None:
    answer = judged("replayed")
    assert answer.verdict != "live"
    assert answer.screen is True


def test_held_out_heads_are_told_apart(judged: Judged) -> None:
    kinds: tuple[ClipKind, ...] = ("genuine", "replayed", "looped", "frozen", "swapped")
    assert [told_as(judged(kind)) for kind in kinds] == list(kinds)
    assert [told_as(judged(kind)) for kind in ("converted", "injected")] == ["software", "software"]


def test_a_clip_of_nobody_is_not_assessed() -> None:
    noise = np.random.default_rng(0).integers(90, 120, (30, 160, 120, 3)).astype(np.uint8)
    answer = assess(encode(noise, Encoding(TICKS // 25 * np.arange(30))), None, "blink")
    assert answer.verdict == "not_assessed"
    assert "a face is seen in 0 of 30 frames" in answer.reason
    assert (answer.identity, answer.identity_constant, answer.challenge, answer.quality) == (None, None, None, None)


def test_a_covered_lens_is_not_accused_of_standing_still() -> None:
    answer = assess(encode(np.zeros((30, 160, 120, 3), np.uint8), Encoding(TICKS // 25 * np.arange(30))), None)
    assert (answer.verdict, answer.usable, answer.repeated) == ("not_assessed", False, None)
    assert "a face is seen in 0 of 24 frames" in answer.reason


def test_a_clip_of_two_frames_is_not_assessed(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames[:2]
    answer = assess(cut(frames), TRUSTING, "turn_left")
    assert answer.verdict == "not_assessed"
    assert answer.reason == "a face is seen in 2 of 2 frames, fewer than 6"


def test_a_photograph_made_a_short_clip_is_not_usable(recorded: Recorded) -> None:
    frames = decode.clip(recorded("genuine")).frames
    for shown, usable in ((np.repeat(frames[:1], 15, axis=0), False), (frames[:15], False), (frames[:21], True)):
        answer = assess(cut(shown), TRUSTING, same_face=SAME)
        assert (answer.usable, answer.verdict) == (usable, "live" if usable else "not_assessed")
    assert assess(cut(frames[:15]), None).reason == "the clip lasts 0.60 s, less than 0.8"


def test_who_cannot_be_compared_with_himself_is_not_called_live(
    monkeypatch: pytest.MonkeyPatch, recorded: Recorded
) -> None:
    monkeypatch.setattr(liveness, "identity", lambda track: None)
    answer = assess(recorded("genuine"), TRUSTING, "turn_left", SAME)
    assert (answer.verdict, answer.identity_constant) == ("not_assessed", None)
    assert answer.reason == "whether one person is shown throughout cannot be told"
    assert answer.challenge is not None
    assert (answer.challenge.answered, answer.challenge.measured is not None) == (None, True)
    assert "of the person shown cannot be told" in answer.challenge.reason


def test_a_strict_match_threshold_makes_no_two_people_of_one(recorded: Recorded) -> None:
    answer = assess(recorded("genuine"), TRUSTING, "turn_left", 0.999)
    assert (answer.verdict, answer.usable, answer.identity_constant) == ("live", True, True)


def test_the_word_for_the_project_s_own_network_is_no_folder() -> None:
    made = liveness.model_of(Path(SYNTHETIC))
    assert made is not None
    assert made.version.name == "attack-synthetic"
    assert isinstance(Liveness(verdict="not_assessed", score=None, reason="", model=made.version), Liveness)


@pytest.mark.parametrize(("crf", "usable"), [("34", True), ("45", False)])
def test_a_clip_that_is_compressed_too_hard_accuses_nobody(
    monkeypatch: pytest.MonkeyPatch, recorded: Recorded, crf: str, usable: bool
) -> None:
    clip = decode.clip(recorded("genuine"))
    monkeypatch.setitem(clips.PHONE, "crf", crf)
    coarse = encode(clip.frames, Encoding((clip.sampled_at * TICKS).round().astype(np.int64)))
    answer = assess(coarse, TRUSTING, same_face=SAME)
    assert (answer.usable, answer.verdict) == (usable, "live" if usable else "not_assessed")
    assert ("compressed too hard" in answer.reason) is not usable
