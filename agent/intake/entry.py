"""One case as an exchange writes it down, and the Case that a review takes up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError, WithJsonSchema

from agent.case import Case, CaseType, Flag
from agent.errors import because
from tools.evidence import AttachmentRole, Frozen
from tools.tool import Attachment
from vision.types import Challenge

DUE: Mapping[CaseType, timedelta] = {
    "account_takeover": timedelta(hours=12),
    "sanctions": timedelta(hours=24),
    "transactions": timedelta(hours=48),
    "kyc": timedelta(hours=72),
    "p2p": timedelta(hours=72),
    "ring": timedelta(hours=96),
}
"""How long a case may take from its flag on, where nobody says otherwise."""
SKEW = timedelta(minutes=1)
"""How far the clock of the system that raised a flag may be ahead of ours."""
SAID = {
    "extra_forbidden": "is not a known field",
    "missing": "is missing",
    "model_type": "should be an object",
    "string_pattern_mismatch": "may contain only Latin letters, digits and . _ : - and begins with a letter or digit",
    "tuple_type": "should be a list",
}
"""In our words what pydantic would say in those of Python."""
WORDING = re.compile(r"^(Value error, |Input |String |Tuple )")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")
"""What a field may be called for its name to be told: others may be anything."""
CODE, OBJECT = "a code", "an object"

Trouble = tuple[str, str]
"""A field, as `attachments.0.path`, and what is wrong with it; no value is quoted, for it may be somebody's name."""


def _instant(text: str) -> str:
    """The same moment in UTC, so that times are in order where their texts are."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not an ISO 8601 time such as 2026-11-01T08:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError("has no time zone: end it with Z if it is UTC")
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        raise ValueError("is outside the calendar") from None


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("contains control characters, or begins or ends with a space")
    return text


def _here(folder: str) -> str:
    if folder != ".":
        raise ValueError("can only be ., the folder of the file of cases: name another with --root")
    return folder


def _branch(value: object) -> str:
    return CODE if isinstance(value, str) else OBJECT


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=64)]
Printable = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]
Moment = Annotated[str, AfterValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]


class EntryFlag(Frozen):
    """A flag with a time of its own."""

    code: Name = Field(description="What the system that raised it calls it, as document_forgery.")
    raised_at: Moment | None = Field(None, description="ISO 8601 with a zone; default: flagged_at.")


class EntryFile(Frozen):
    """A file that came with the case. It stays where it is."""

    role: AttachmentRole = Field(description="At most one of each.")
    path: Printable = Field(description="Relative to the folder of the file of cases, or to --root.")
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="Compared with the file, if given.")
    asked: Challenge | None = Field(None, description="The movement that was asked for while a clip was recorded.")


class Entry(Frozen):
    """A flagged case, as `casework add` reads it."""

    case_id: Name = Field(description="Yours. The same id is the same case.")
    type: CaseType
    customer_id: Printable = Field(description="As in the table customers of the warehouse.")
    flagged_at: Moment = Field(description="ISO 8601 with a zone. Evidence is drawn as of this moment.")
    due_at: Moment | None = Field(None, description="ISO 8601 with a zone; default: 12 to 96 hours later, by type.")
    flags: tuple[
        Annotated[Annotated[Name, Tag(CODE)] | Annotated[EntryFlag, Tag(OBJECT)], Discriminator(_branch)], ...
    ] = Field(min_length=1, max_length=64, description="Codes, or objects with a code and the time it was raised.")
    exposure_usd: float = Field(0.0, strict=True, ge=0, le=1e12, description="Money at stake.")
    attachments: tuple[EntryFile, ...] = ()
    source: Annotated[str, AfterValidator(_here)] = Field(
        ".", description="As `casework world build` writes it: the folder of the file of cases."
    )


def made(value: object, root: Path, moment: datetime) -> Case | tuple[Trouble, ...]:
    """The case that a JSON value tells of, or all that is wrong with it. `root` is the folder that attachments lie in,
    resolved; `moment` is now."""
    try:
        entry = Entry.model_validate(value)
    except ValidationError as error:
        return tuple(_troubles(error))
    troubles, attachments = list(_untimely(entry, moment)), []
    for place, file in enumerate(entry.attachments):
        try:
            attachments.append(_attached(file, root))
        except ValueError as error:
            troubles.append((f"attachments.{place}.path", str(error)))
    troubles += _misplaced(entry.attachments)
    return tuple(troubles) or _case(entry, attachments, root)


def _case(entry: Entry, attachments: Sequence[Attachment], root: Path) -> Case:
    flags = (EntryFlag(code=each) if isinstance(each, str) else each for each in entry.flags)
    due = datetime.fromisoformat(entry.flagged_at) + DUE[entry.type]
    return Case(
        case_id=entry.case_id,
        type=entry.type,
        customer_id=entry.customer_id,
        flagged_at=entry.flagged_at,
        due_at=entry.due_at or due.isoformat(),
        flags=tuple(Flag(code=each.code, raised_at=each.raised_at or entry.flagged_at) for each in flags),
        attachments=tuple(attachments),
        exposure_usd=entry.exposure_usd,
        source=str(root),
    )


def _untimely(entry: Entry, moment: datetime) -> Iterator[Trouble]:
    flagged = datetime.fromisoformat(entry.flagged_at)
    raised = [each.raised_at if isinstance(each, EntryFlag) else None for each in entry.flags]
    times = {"flagged_at": entry.flagged_at} | {f"flags.{n}.raised_at": at for n, at in enumerate(raised) if at}
    for field, at in times.items():
        if datetime.fromisoformat(at) > moment + SKEW:
            yield field, "lies in the future"
    if entry.due_at and datetime.fromisoformat(entry.due_at) <= flagged:
        yield "due_at", "is not after flagged_at"


def _misplaced(files: Sequence[EntryFile]) -> Iterator[Trouble]:
    """A review looks at one file of a role, so a second one would be passed over in silence."""
    roles = [file.role for file in files]
    for place, file in enumerate(files):
        if file.role in roles[:place]:
            yield f"attachments.{place}.role", f"is a second {file.role}: a case has one of each role"
        if file.asked and file.role != "clip":
            yield f"attachments.{place}.asked", "belongs to a clip alone"


def _attached(file: EntryFile, root: Path) -> Attachment:
    """The attachment with its sha256. Whether it is a picture is for the review to say: the customer can be asked for
    another. Raises ValueError for a path that leads to no file in `root`."""
    if Path(file.path).is_absolute():
        raise ValueError("is absolute: write it relative to the folder of the file of cases, or to --root")
    try:
        path = (root / file.path).resolve()
        if not path.is_relative_to(root):
            raise ValueError("leads out of the folder of the file of cases, or of --root")
        if not path.is_file():
            raise ValueError("does not lead to a file")
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except (OSError, RuntimeError) as error:  # links that lead in a circle are a RuntimeError
        raise ValueError(f"leads to a file that cannot be read: {because(error)}") from error
    if file.sha256 not in (None, found):
        raise ValueError("leads to a file with another sha256")
    return Attachment(role=file.role, path=file.path, sha256=found, asked=file.asked)


def _troubles(error: ValidationError) -> Iterator[Trouble]:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    for each in errors:
        place = each["loc"]
        # A list is also said to be too short where an entry of it does not hold.
        if each["type"] == "too_short" and any(other["loc"][: len(place)] == place != other["loc"] for other in errors):
            continue
        what = SAID.get(each["type"]) or WORDING.sub("", each["msg"])
        yield ".".join(_named(part) for part in place if part not in (CODE, OBJECT)), what + _meant(each["type"], place)


def _named(part: int | str) -> str:
    return str(part) if isinstance(part, int) or KEY.fullmatch(part) else "a field"


def _meant(kind: str, place: tuple[int | str, ...]) -> str:
    """The field that was probably meant by one that is none."""
    if kind != "extra_forbidden":
        return ""
    parts: dict[str, type[Frozen]] = {"flags": EntryFlag, "attachments": EntryFile}
    model = parts[str(place[0])] if place[1:] else Entry
    near = get_close_matches(str(place[-1]), model.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""
