"""Whether a file carries a C2PA manifest, and which program says that it made it.

Presence alone is looked for: a box of JUMBF (ISO 19566-5) whose description has the label `c2pa`, and in its claim the
entry `claim_generator`. Signatures are not verified, so a manifest speaks for nobody; a tool that names itself as a
generator of pictures speaks against a photograph.
"""

from __future__ import annotations

import re

from vision.consistency.report import Check

LABEL = b"c2pa\0"
GENERATOR = re.compile(rb"claim_generator(?:_info)?(?P<rest>.{1,200})", re.DOTALL)
MOST_BYTES = 4_000_000


def manifest(jumbf: bytes) -> bool:
    """Whether the boxes are a C2PA manifest store."""
    return jumbf[4:8] == b"jumb" and LABEL in jumbf[:256]


def generator(jumbf: bytes) -> str:
    """The claim generator of a manifest, "" where there is none: the first text after its key (CBOR, RFC 8949)."""
    found = GENERATOR.search(jumbf[:MOST_BYTES])
    if not found:
        return ""
    text = _text(found["rest"]) if not found.group().startswith(b"claim_generator_info") else _named(found["rest"])
    return "".join(character for character in text if character.isprintable()).strip()[:100]


def check(jumbf: bytes) -> Check:
    """The manifest as a row to show. Its signature is not verified, so it never passes and never fails."""
    if not manifest(jumbf):
        return Check(name="provenance", result="not_assessed", meaning="no C2PA manifest")
    by = generator(jumbf)
    named = f", which names {by!r} as its maker" if by else ""
    return Check(
        name="provenance",
        result="not_assessed",
        meaning=f"carries a C2PA manifest{named}; its signature was not verified",
    )


def _named(rest: bytes) -> str:
    """The text under `name` in a map of claim_generator_info."""
    _, key, after = rest.partition(b"dname")
    return _text(after) if key else ""


def _text(item: bytes) -> str:
    """A CBOR text string at the beginning of some bytes, "" for another kind of item."""
    if not item or item[0] >> 5 != 3:
        return ""
    short = item[0] & 31
    if short < 24:
        start, size = 1, short
    elif short == 24:
        start, size = 2, int.from_bytes(item[1:2], "big")
    else:
        return ""
    return item[start : start + size].decode("utf-8", "replace")
