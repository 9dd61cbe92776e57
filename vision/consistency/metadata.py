"""Software and times that a file claims of itself, from its EXIF block, its XMP and its PNG texts.

Nothing here is proof: metadata is lost in every messenger, and written by anybody. The EXIF block is a TIFF of which a
handful of tags are read (CIPA DC-008); a damaged one yields what could be read. XMP (ISO 16684-1) is searched as text,
never parsed as XML: a hostile file gets no parser to work on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vision.consistency.container import RECIPES, Container
from vision.consistency.programs import kind, takes
from vision.consistency.provenance import Manifest, made
from vision.consistency.report import Check

SOFTWARE, PROCESSING, CHANGED, TAKEN, DIGITISED = 0x0131, 0x000B, 0x0132, 0x9003, 0x9004
EXIF_IFD = 0x8769
ASCII, LONG = 2, 4
MOST_TAGS, MOST_TEXT, MOST_EXIF, MOST_PROGRAMS = 512, 100, 1 << 20, 1000
XMP_TOOL = re.compile(
    rb"(?:(?:xmp|xap):CreatorTool|stEvt:softwareAgent|tiff:Software)(?:\s*=\s*[\"']|\s*>)([^\"'<]{1,200})"
)
XMP_DAY = re.compile(
    rb"(xmp:CreateDate|xmp:ModifyDate|exif:DateTimeOriginal|stEvt:when)(?:\s*=\s*[\"']|>)([0-9T:+.Z-]{10,40})"
)
XMP_TAKEN, XMP_CREATED = b"exif:DateTimeOriginal", b"xmp:CreateDate"
DAY = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")
RECIPE = re.compile(rb"Steps: \d{1,5}, Sampler: |\"class_type\"\s{0,9}:")
"""What Stable Diffusion and ComfyUI write where a JPEG or WebP has no texts of its own, into the EXIF block."""
APART = timedelta(days=1)
"""Times of one picture may differ by a time zone and by the seconds it takes to write it."""
DAWN = datetime(1995, 10, 1)  # noqa: DTZ001 - times in a file have no time zone
"""EXIF 1.0 is of October 1995: an earlier time, as 1970-01-01, is of a clock that was never set."""


@dataclass(frozen=True)
class Claimed:
    """What a file claims: programs and times, each as written. Of the times, `taken` are when the picture was, and
    `changed` when it was digitised or written anew. `signed` are the programs of its C2PA manifest, which nobody
    verified: they count where they speak against the picture. `generated` is our word for what tells that a generator
    of pictures had a hand in it, `edited` the manifest's for a step that changed what it shows; "" for nothing. Where
    it is not `whole`, the file says more than was read."""

    software: tuple[str, ...]
    times: tuple[datetime, ...]
    taken: tuple[datetime, ...]
    changed: tuple[datetime, ...]
    signed: tuple[str, ...]
    generated: str
    edited: str
    whole: bool


def claimed(file: Container, manifest: Manifest | None = None) -> Claimed:
    """The programs and times named in a file's metadata, and the programs of its `manifest`, each once."""
    tags = dict(_tags(file.exif))
    programs = _programs(file, tags)
    days = [(name, found.decode("ascii")) for name, found in XMP_DAY.findall(file.xmp)]
    taken = [tags.get(TAKEN, ""), *(day for name, day in days if name == XMP_TAKEN)]
    changed = [tags.get(tag, "") for tag in (DIGITISED, CHANGED)]
    changed += [day for name, day in days if name not in (XMP_TAKEN, XMP_CREATED)]
    created = [day for name, day in days if name == XMP_CREATED]
    return Claimed(
        software=programs[:MOST_PROGRAMS],
        times=_read(taken + changed + created),
        taken=_read(taken),
        changed=_read(changed),
        signed=manifest.programs if manifest else (),
        generated=_generated(file, manifest),
        edited=manifest.changed if manifest else "",
        whole=file.whole and len(programs) <= MOST_PROGRAMS and (manifest is None or manifest.whole),
    )


def _programs(file: Container, tags: Mapping[int, str]) -> tuple[str, ...]:
    """The programs named, each once."""
    raw = dict.fromkeys(XMP_TOOL.findall(file.xmp))
    named = [tags.get(tag, "") for tag in (SOFTWARE, PROCESSING)]
    named += [_clean(found.decode("utf-8", "replace")) for found in raw]
    named += [*map(_clean, file.programs), "Photoshop" if file.adobe else ""]
    return tuple(dict.fromkeys(filter(None, named)))


def _generated(file: Container, manifest: Manifest | None) -> str:
    """The source type that a file declares, or the generator whose recipe it carries; the recipe itself is not told."""
    recipe = "Stable Diffusion or ComfyUI" if RECIPE.search(file.exif[:MOST_EXIF].replace(b"\0", b"")) else ""
    told = (manifest.made if manifest else "", made(file.xmp), *(RECIPES[key] for key in file.recipes), recipe)
    return next(filter(None, told), "")


def editor(said: Claimed) -> str:
    """What shows that a picture was generated, or else the first program named that edits one, or else a step of which
    it is not told who took it; "" for none."""
    return said.generated or next(filter(kind, said.software + said.signed), "") or said.edited


def _by(said: Claimed, named: str) -> str:
    """What is told of a picture by what shows it."""
    if named == said.edited:
        return "changed after it was taken"
    return "saved by an image editor" if kind(named) == "editor" else "made by a program, as a whole or in part"


def editor_check(said: Claimed) -> Check:
    """Whether an editor or a generator is named. A file that names no program tells nothing, nor does the name of one
    that is not known here."""
    named = editor(said)
    if named:
        return Check(name="editor", result="failed", meaning=f"{_by(said, named)}, as the file says: {named}")
    if not said.software:
        return Check(name="editor", result="not_assessed", meaning="the file names no program")
    unknown = next((each for each in said.software if not takes(each)), None)
    if unknown is not None:
        return Check(
            name="editor", result="not_assessed", meaning=f"the file names a program not known here: {unknown}"
        )
    return Check(name="editor", result="passed", meaning=f"the file names no program that edits: {said.software[0]}")


def date_check(said: Claimed, on: date) -> Check:
    """Whether the times in a file can all be true, as of the day `on`. A later change is none that cannot: whatever
    saves a picture again writes its own time beside that of the camera."""
    times, taken, changed = _set(said.times), _set(said.taken), _set(said.changed)
    if times and max(times).date() > on + APART:
        return Check(name="dates", result="failed", meaning=f"dated {max(times):%Y-%m-%d}, after it was handed in")
    if not times or (said.taken and not taken):
        meaning = "the file's clock was never set" if said.times else "the file names no time"
        return Check(name="dates", result="not_assessed", meaning=meaning)
    if taken and max(taken) - min(taken) > APART:
        return _apart(max(taken) - min(taken), "the file names two days on which it was taken")
    if taken and changed and max(taken) - min(changed) > APART:
        return _apart(max(taken) - min(changed), "the file was changed before it was taken")
    later = (max(changed) - min(taken)).days if taken and changed else 0
    again = f"; it was saved again {later} days after it was taken" if later > APART.days else ""
    return Check(name="dates", result="passed", meaning=f"the times in the file can all be true{again}")


def _apart(by: timedelta, meaning: str) -> Check:
    days, limit = float(by.days), float(APART.days)
    return Check(name="dates", result="failed", meaning=meaning, value=days, limit=limit)


def _set(times: tuple[datetime, ...]) -> list[datetime]:
    """Those of a clock that was set."""
    return [time for time in times if time >= DAWN]


def _tags(exif: bytes) -> Iterator[tuple[int, str]]:
    """The text tags of the first directory and of the EXIF directory it points at."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return

    def whole(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], "little" if order == "little" else "big")

    waiting = [whole(4, 4)]
    for start in waiting:
        for entry in range(start + 2, start + 2 + 12 * min(whole(start, 2), MOST_TAGS), 12):
            tag, form, count = whole(entry, 2), whole(entry + 2, 2), whole(entry + 4, 4)
            place = entry + 8 if count <= 4 else whole(entry + 8, 4)
            if tag == EXIF_IFD and form == LONG and len(waiting) == 1:
                waiting.append(whole(entry + 8, 4))
            elif form == ASCII and (text := _clean(exif[place : place + min(count, 200)].decode("utf-8", "replace"))):
                yield tag, text


def _clean(text: str) -> str:
    """Text of a stranger without control characters, cut to 100 characters."""
    return "".join(character for character in text if character.isprintable()).strip()[:MOST_TEXT]


def _read(texts: list[str]) -> tuple[datetime, ...]:
    """The times that some texts tell, each once."""
    return tuple(dict.fromkeys(moment for text in texts if (moment := _moment(text))))


def _moment(text: str) -> datetime | None:
    found = DAY.match(text)
    if not found:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
