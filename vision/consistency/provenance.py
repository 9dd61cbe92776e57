"""What a file declares of how its picture came about: its C2PA manifest, and the source type that IPTC has words for.

A manifest is a box of JUMBF (ISO 19566-5) whose description has the label `c2pa`. Its claims and assertions are CBOR
(RFC 8949), searched as bytes for what names a program and what names a source type; the same words are those of XMP.
Signatures are not verified, so a manifest speaks for nobody: a camera's proves no photograph. What a file says against
itself needs no proof, and `metadata.editor_check` takes it at its word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from vision.consistency.report import Check

LABEL = b"c2pa\0"
MOST_PROGRAMS, MOST_NAME = 2000, 100
PROGRAM = re.compile(rb"(claim_generator(?:_info)?|softwareAgent)(?=(.{1,400}))", re.DOTALL)
MAKER = b"claim_generator"
MADE = re.compile(
    rb"compositeWithTrainedAlgorithmicMedia|trainedAlgorithmicMedia"
    rb"|digitalsourcetype/(algorithmicMedia|compositeSynthetic|digitalArt|digitalCreation)"
)
"""IPTC's names for pictures that no camera took, as a whole or in part: by a model, by a program, or drawn.
For a capture that was only touched up it has others, which cameras write too."""

CHANGED = re.compile(rb"faction[kl](c2pa\.(?:edited|drawing|placed|removed))")
"""Steps by which a picture comes to show something else, under their key and with their length. To crop, turn or save a
picture, to set its colours or what is said of it (`c2pa.edited.metadata`) are none."""


@dataclass(frozen=True)
class Manifest:
    """What a store of C2PA manifests declares: the maker of its first claim, all programs named as makers of claims and
    of single steps, the source type where it is none of a photograph, and the first step that changed what the picture
    shows; "" for none. Where it is not `whole`, there is more that was not read."""

    maker: str
    programs: tuple[str, ...]
    made: str
    changed: str
    whole: bool


def manifest(jumbf: bytes) -> bool:
    """Whether the boxes are a C2PA manifest store."""
    return jumbf[4:8] == b"jumb" and LABEL in jumbf[:256]


def read(jumbf: bytes) -> Manifest | None:
    """What a manifest store declares; None where the boxes are none. Never raises."""
    if not manifest(jumbf):
        return None
    found = [(match[1], _clean(_name(match[2]))) for match in islice(PROGRAM.finditer(jumbf), MOST_PROGRAMS)]
    maker = next((name for key, name in found if name and key.startswith(MAKER)), "")
    programs = tuple(dict.fromkeys(name for _, name in found if name))
    step = CHANGED.search(jumbf)
    changed = step[1].decode("ascii") if step else ""
    return Manifest(maker, programs, made(jumbf), changed, len(found) < MOST_PROGRAMS and _ends(jumbf))


def made(declared: bytes) -> str:
    """The source type that a manifest or XMP declares, where it is none of a photograph; "" elsewhere."""
    found = MADE.search(declared)
    return (found[1] or found[0]).decode("ascii") if found else ""


def check(found: Manifest | None) -> Check:
    """The manifest as a row to show. Its signature is not verified, so it never passes and never fails."""
    if found is None:
        return Check(name="provenance", result="not_assessed", meaning="no C2PA manifest")
    named = f", which names {found.maker!r} as its maker" if found.maker else ""
    return Check(
        name="provenance",
        result="not_assessed",
        meaning=f"carries a C2PA manifest{named}; its signature was not verified",
    )


def _ends(jumbf: bytes) -> bool:
    """Whether the first box is there to its end (ISO 19566-5, B.2): a length of 1 has a longer one behind it."""
    size = int.from_bytes(jumbf[:4], "big")
    return len(jumbf) >= (int.from_bytes(jumbf[8:16], "big") if size == 1 else size)


def _name(item: bytes) -> str:
    """A text, or the one under `name` in a map or a list of maps."""
    return _text(item) or _text(item.partition(b"dname")[2])


def _text(item: bytes) -> str:
    """A CBOR text string at the beginning of some bytes, "" for another kind of item."""
    if not item or item[0] >> 5 != 3:
        return ""
    short = item[0] & 31
    wide = {24: 1, 25: 2}.get(short, 0)
    if short > 23 and not wide:
        return ""
    size = int.from_bytes(item[1 : 1 + wide], "big") if wide else short
    return item[1 + wide : 1 + wide + size].decode("utf-8", "replace")


def _clean(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()[:MOST_NAME]
