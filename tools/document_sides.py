"""The sides of a document that a case came with: its front, and its back where one was sent too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tools.attachments import attached, has
from tools.errors import Unusable
from tools.evidence import AttachmentRole
from tools.tool import Sources, Subject
from vision.consistency.report import Check, CheckName, ConsistencyReport
from vision.errors import BadImage
from vision.types import ForgeryReport, Verdict

T = TypeVar("T")
OF_A_PICTURE: tuple[CheckName, ...] = ("font_break", "grey_copy", "moire")
"""Checks of a side's own picture; the others are of what both sides say."""
WORST_FIRST: tuple[Verdict, ...] = ("forged", "inconclusive", "genuine")


@dataclass(frozen=True)
class Side(Generic[T]):
    """One side: the bytes that were sent, and what was measured of it."""

    role: AttachmentRole
    picture: bytes
    said: T


def sides(subject: Subject, sources: Sources, measure: Callable[[bytes], T]) -> tuple[Side[T], ...]:
    """What a measurement says of each side, the front first. Raises as `attached` and as the measurement does; where it
    cannot tell of which side a picture is no use, `Unusable` says that it is the back."""
    front = attached(subject, sources, "document")
    found = (Side("document", front, measure(front)),)
    if not has(subject, "back"):
        return found
    back = attached(subject, sources, "back")
    try:
        return (*found, Side("back", back, measure(back)))
    except BadImage as error:
        raise Unusable(f"back: {error.what}", error.remedy, ("back",)) from error


def worse_checks(front: ConsistencyReport, back: ConsistencyReport) -> ConsistencyReport:
    """The report on the document with what the picture of its back failed."""
    failed = [check for check in back.checks if check.name in OF_A_PICTURE and check.result == "failed"]
    return front.model_copy(update={"checks": tuple(_worse(check, failed) for check in front.checks)})


def _worse(check: Check, failed: Sequence[Check]) -> Check:
    behind = next((each for each in failed if each.name == check.name), None)
    if behind is None or check.result == "failed":
        return check
    return behind.model_copy(update={"meaning": f"on the back: {behind.meaning}", "box": None})


def worst_side(reports: Sequence[Side[ForgeryReport]]) -> Side[ForgeryReport]:
    """The side that looks most edited: an inconclusive one is worse than a genuine one."""
    return min(reports, key=lambda side: (WORST_FIRST.index(side.said.verdict), -(side.said.score or 0.0)))
