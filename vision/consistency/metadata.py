"""Software and times that a file claims of itself, from its EXIF block, its XMP and its PNG texts.

Nothing here is proof: metadata is lost in every messenger, and written by anybody. The EXIF block is a TIFF of which a
handful of tags are read (CIPA DC-008); a damaged one yields what could be read. XMP (ISO 16684-1) is searched as text,
never parsed as XML: a hostile file gets no parser to work on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from vision.consistency.container import Container
from vision.consistency.report import Check

SOFTWARE, PROCESSING, CHANGED, TAKEN, DIGITISED = 0x0131, 0x000B, 0x0132, 0x9003, 0x9004
EXIF_IFD = 0x8769
ASCII, LONG = 2, 4
MOST_TAGS, MOST_TEXT = 512, 100
XMP_TOOL = re.compile(rb"(?:xmp:CreatorTool|stEvt:softwareAgent|tiff:Software)(?:=\"|>)([^\"<]{1,200})")
XMP_DAY = re.compile(rb"(?:xmp:(?:Create|Modify)Date|exif:DateTimeOriginal|stEvt:when)(?:=\"|>)([0-9T:+.Z-]{10,40})")
DAY = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")
EDITORS = (
    "photoshop", "lightroom", "gimp", "snapseed", "pixelmator", "affinity", "paint.net", "paint shop", "paintshop",
    "picsart", "canva", "photopea", "pixlr", "faceapp", "facetune", "inkscape", "illustrator", "coreldraw",
    "photoscape", "befunky", "fotor", "krita", "luminar", "capture one", "darktable", "rawtherapee", "acrobat",
    "indesign", "vsco", "meitu", "remini", "stable diffusion", "midjourney", "dall-e", "firefly", "comfyui",
    "imagemagick",
)  # fmt: skip
"""Programs that change pixels, in lower case. A camera's own firmware and a phone's gallery are none."""
APART = timedelta(days=1)
"""Times of one picture may differ by a time zone and by the seconds it takes to write it."""


@dataclass(frozen=True)
class Claimed:
    """What a file claims: programs and times, each as written."""

    software: tuple[str, ...]
    times: tuple[datetime, ...]


def claimed(file: Container) -> Claimed:
    """The programs and times named in a file's metadata, each once."""
    tags = dict(_tags(file.exif))
    programs = [tags.get(tag, "") for tag in (SOFTWARE, PROCESSING)]
    programs += [_clean(found.decode("utf-8", "replace")) for found in XMP_TOOL.findall(file.xmp)]
    programs += [_clean(text) for keyword, text in file.texts if keyword in ("Software", "parameters")]
    programs += ["Photoshop"] if file.adobe else []
    times = [tags.get(tag, "") for tag in (TAKEN, DIGITISED, CHANGED)]
    times += [found.decode("ascii") for found in XMP_DAY.findall(file.xmp)]
    read = (moment for text in times if (moment := _moment(text)))
    return Claimed(tuple(dict.fromkeys(filter(None, programs))), tuple(dict.fromkeys(read)))


def editor(said: Claimed) -> str:
    """The first program named that edits pictures, "" for none."""
    return next((program for program in said.software if any(name in program.lower() for name in EDITORS)), "")


def editor_check(said: Claimed) -> Check:
    """Whether an editor is named; a file that names no program tells nothing."""
    named = editor(said)
    if named:
        return Check(name="editor", result="failed", meaning=f"saved by an image editor: {named}")
    if not said.software:
        return Check(name="editor", result="not_assessed", meaning="the file names no program")
    return Check(name="editor", result="passed", meaning=f"the programs named are no editors: {said.software[0]}")


def date_check(said: Claimed, on: date) -> Check:
    """Whether the times in a file agree with each other and none lies after the day `on`."""
    if not said.times:
        return Check(name="dates", result="not_assessed", meaning="the file names no time")
    late = [time for time in said.times if time.date() > on + APART]
    if late:
        return Check(name="dates", result="failed", meaning=f"dated {late[0]:%Y-%m-%d}, after it was handed in")
    apart = max((abs(left - right) for left, right in combinations(said.times, 2)), default=timedelta())
    if apart > APART:
        return Check(
            name="dates",
            result="failed",
            meaning="the file was changed on another day than it was taken",
            value=float(apart.days),
            limit=float(APART.days),
        )
    return Check(name="dates", result="passed", meaning="the times in the file agree")


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
            tag, kind, count = whole(entry, 2), whole(entry + 2, 2), whole(entry + 4, 4)
            place = entry + 8 if count <= 4 else whole(entry + 8, 4)
            if tag == EXIF_IFD and kind == LONG and len(waiting) == 1:
                waiting.append(whole(entry + 8, 4))
            elif kind == ASCII and (text := _clean(exif[place : place + min(count, 200)].decode("utf-8", "replace"))):
                yield tag, text


def _clean(text: str) -> str:
    """Text of a stranger without control characters, cut to 100 characters."""
    return "".join(character for character in text if character.isprintable()).strip()[:MOST_TEXT]


def _moment(text: str) -> datetime | None:
    found = DAY.match(text)
    if not found:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
