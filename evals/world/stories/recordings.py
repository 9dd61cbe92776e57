"""Selfie clips: recorded in front of the camera, played to it, cut, looped, or passed on by some program."""

from __future__ import annotations

from evals.world.papers import Recording
from evals.world.scene import Scene, story


@story(
    "kyc", "liveness_failed", fraud=True, ideal="reject", intolerable=True, doubt=0.15, proof=("liveness.screen",)
)  # fmt: skip
def replayed_clip(scene: Scene) -> str:
    scene.papers.clip = Recording("replayed", "turn_right")
    return "Somebody held a display with a stolen clip of the document's holder before the camera."


@story(
    "kyc", "liveness_failed", fraud=True, ideal="reject", intolerable=True, doubt=0.05,
    proof=("liveness.verdict", "liveness.identity_constant"),
)  # fmt: skip
def swapped_halfway(scene: Scene) -> str:
    scene.papers.clip = Recording("swapped", "turn_left", other_face=scene.outsider().face)
    return "The clip begins with the document's holder and ends with the person who opened the account."


@story(
    "kyc", "liveness_failed", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("liveness.verdict", "liveness.repeated"),
)  # fmt: skip
def looped_clip(scene: Scene) -> str:
    scene.papers.clip = Recording("looped", "blink")
    return "A second of a stolen clip was played over and over into the app in place of the camera."


@story("kyc", "liveness_failed", ideal="approve", doubt=0.2)
def clumsy_clip(scene: Scene) -> str:
    scene.papers.clip = Recording("genuine", "turn_left")
    return "The customer recorded the clip in person; the check upstream gave up too early."


@story("kyc", "liveness_failed", ideal="request_resubmission", doubt=0.3, proof=("liveness.converted",))
def forwarded_clip(scene: Scene) -> str:
    scene.papers.clip = Recording("converted", "nod")
    return "The customer recorded an honest clip, but sent it through a converter that saved it again."
