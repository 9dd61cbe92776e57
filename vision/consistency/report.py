"""What the consistency checks say: frozen values, light to import, that cross the package border."""

from __future__ import annotations

from typing import Literal

from vision.types import Agreement, Box, Claim, Frozen

Result = Literal["passed", "failed", "not_assessed"]
CheckName = Literal["number_checksum", "number_holder", "specimen", "validity", "font_break", "grey_copy", "moire"]
FileCheckName = Literal["editor", "dates", "quantisation", "provenance", "revisions"]


class CrossCheck(Frozen):
    """One field as two sources have it, and whether they say the same. Where a source is silent there is no check."""

    field: str
    left: Claim
    right: Claim
    outcome: Agreement


class Check(Frozen):
    """One check of a document: `value` beside the `limit` it was held against, where it is a measurement.

    "not_assessed" says that the check could not be made, and `meaning` why; it never counts as passed."""

    name: CheckName | FileCheckName
    result: Result
    meaning: str
    value: float | None = None
    limit: float | None = None
    box: Box | None = None


class Fingerprints(Frozen):
    """64-bit perceptual hashes of what lies around the fields of a picture; the Hamming distance between two tells how
    alike they are. `background` is told by the frame of the photograph, or where that cannot tell photographs apart by
    the very pixels, which are those of no other picture. `portrait` is None where no face was found."""

    background: int
    told_by: Literal["frame", "pixels"]
    portrait: int | None


class ConsistencyReport(Frozen):
    """A document held against itself. The application is not known here."""

    crosschecks: tuple[CrossCheck, ...]
    checks: tuple[Check, ...]

    def result(self, name: CheckName) -> Result:
        """How a check came out; "not_assessed" where it was not made."""
        return next((check.result for check in self.checks if check.name == name), "not_assessed")


class FileReport(Frozen):
    """What a file says of itself, from its bytes alone: hints for a reviewer, each easily forged or innocent.

    `format` is "" for bytes of no known kind. `software`, `taken` and `claimed_by` are text of a stranger, cleaned of
    control characters and cut to 100 characters."""

    format: Literal["JPEG", "PNG", "WEBP", "PDF", ""]
    software: tuple[str, ...]
    editor: str
    taken: tuple[str, ...]
    encoder: str
    claimed_by: str
    revisions: int | None
    checks: tuple[Check, ...]

    def result(self, name: FileCheckName) -> Result:
        """How a check came out; "not_assessed" where it was not made."""
        return next((check.result for check in self.checks if check.name == name), "not_assessed")


def check_rows(checks: ConsistencyReport | FileReport) -> list[tuple[str, str]]:
    """Checks for a table on a terminal: a name, and what was found with its number and limit. Those that could not be
    made come last."""
    told = [(f"{check.name} {check.result}".replace("_", " "), _told(check)) for check in checks.checks]
    if isinstance(checks, ConsistencyReport):
        told = [(f"{each.field} {each.outcome}", _pair(each)) for each in checks.crosschecks] + told
    return sorted(told, key=lambda row: row[0].endswith("not assessed"))


def _told(check: Check) -> str:
    numbers = [f"{name}{value:g}" for name, value in (("", check.value), ("limit ", check.limit)) if value is not None]
    return f"{check.meaning} ({', '.join(numbers)})" if numbers else check.meaning


def _pair(each: CrossCheck) -> str:
    return f"{each.left.source}: {each.left.text} | {each.right.source}: {each.right.text}"
