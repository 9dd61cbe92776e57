"""How often a PDF was saved on top of itself, from its bytes alone. PDFs are never rendered.

An incremental update (ISO 32000-1, 7.5.6) appends changed objects, a cross-reference section that points back to the
one before (`/Prev`), and another closing part: `startxref` with the section's offset. Closing parts are counted
wherever a reader may find one, that is outside of streams: a PDF attached to a PDF brings its own. Two kinds of file
have one more from the start, which is no later save: a linearised one (annex F), and one with a second, empty table
that points at a cross-reference stream (7.5.8.4), as Word and Excel write it.

A signature is appended as well (12.8), and so are the certificates that prove it later (ETSI EN 319 142-1). A save
that seems to do no more is told, but neither passes nor fails: no signature is verified here, and what a field of one
shows is not looked at. Neither does a file pass that goes on after its last closing part, or whose closing part leads
to no section: readers mend such files each in their own way. A PDF that an editor wrote anew as a whole was saved once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise

from vision.consistency.report import Check

MOST_BYTES = 25_000_000
MOST_SAVES, MOST_LENGTHS, MOST_STREAMS = 500, 100_000, 100_000
MOST_SIGNINGS, MOST_WORDS, MOST_LOOKED = 50, 200_000, 4_000_000
"""Later saves, words for an object or its end, and bytes of their keys that are looked through for whether a file was
later signed alone."""
MOST_BLANKS, MOST_TABLE, MOST_KEYS = 1000, 4_000_000, 100_000
"""Bytes before a section, from its word to its trailer's, and of its keys: a file that keeps leading back to one far
section would have it searched for again with each save."""
BLANK = b" \t\r\n\f\0"
TOKEN = re.compile(rb">>\s*(?P<stream>stream(?:\r\n|\n|\r))|startxref\s*(?P<offset>\d{0,10})")
OBJECT = re.compile(rb"obj\b")
NUMBERED, HEAD = re.compile(rb"(?<!\d)(\d{1,10})\s+\d{1,5}\s+\Z"), 60
"""What stands before the word, within so many bytes. Patterns that begin with a word are searched for many times faster
than one that may begin with any digit."""
LENGTH = re.compile(rb"/Length\s+(\d{1,10})(\s+\d+\s+R)?")
NUMBER = re.compile(rb"obj\s+(\d{1,10})\s+endobj")
SECTION = re.compile(rb"\s*(?:(?P<table>xref)\b(?P<whole>\s+0\s)?|\d+\s+\d+\s+obj\b)")
PARTIAL = re.compile(rb"/Index\s*\[\s*(?!0\s)")
PREVIOUS = re.compile(rb"/Prev\s+(\d{1,10})(?!\d*\s+\d+\s+R)")
SIZE = re.compile(rb"/Size\s+(\d{1,10})")
SECOND_TABLE = re.compile(rb"xref\s+0\s+0\s+trailer\s*<<([^()]*)>>")
STREAM_TABLE = re.compile(rb"/XRefStm\s+(\d{1,10})")
SIGNED = tuple(map(re.compile, (rb"/ByteRange\b", rb"/DSS\b", rb"/FT\s*/Sig\b")))
BY_SIGNING = re.compile(
    rb"/(?:Type\s*/(?:Catalog|Page|Metadata|DSS)|SigFlags|FT\s*/Sig|ModDate|(?:VRI|Cert|OCSP|CRL)s?)\b"
)
"""What signing writes anew: catalogue, page, texts about the file, form, field of a signature, proofs."""
LIST = re.compile(rb"\s*\[[\s\dR]*\]")
"""A list of objects, which signing writes anew as well."""
METADATA = re.compile(rb"/Type\s*/Metadata\b")
SHOWN = re.compile(rb"/(?:Contents|Resources)\s*(?:\d+\s+\d+\s+R|\[[^\[\]]{0,2000})")
"""What a page shows, by the objects that hold it; of a list as much as stands before the next bracket."""


@dataclass(frozen=True)
class Saves:
    """How often a PDF was saved, and how many of the later times, it seems, only to sign it."""

    count: int
    signed: int = 0


@dataclass(frozen=True)
class _Part:
    """Bytes from `start` on, up to the closing part between `close` and `end`, which names the offset of a section."""

    start: int
    close: int
    end: int
    offset: int


@dataclass(frozen=True)
class _Section:
    """A cross-reference section: where it stands, whether it begins with object 0, how many objects there are, and the
    offset of the one before."""

    place: int
    whole: bool
    size: int
    previous: int | None


def saves(data: bytes) -> Saves | None:
    """How often a PDF was saved, counted up to 500; None where that cannot be told: it is damaged, or over 25 MB."""
    if len(data) > MOST_BYTES:
        return None
    # Offsets are counted from the header, before which readers take anything.
    data = data[max(data.find(b"%PDF-"), 0) :]
    parts = list(islice(_parts(data), MOST_SAVES))
    first = 2 if len(parts) > 1 and (_linearised(data, *parts[:2]) or _second_table(data, *parts[:2])) else 1
    if len(parts) > first:
        later = len(parts) - first
        return Saves(1 + later, sum(_signing(data, parts, first)) if later <= MOST_SIGNINGS else 0)
    if not parts or data[parts[-1].end :].strip(BLANK) not in (b"", b"%%EOF"):
        return None
    sections = _sections(data, parts[-1].offset, first + 1)
    # A section before the first is of a save whose closing part was taken out.
    return Saves(2 if sections > first else 1) if sections else None


def check(found: Saves | None) -> Check:
    """Whether a PDF was changed after it was first saved."""
    if found is None:
        return Check(name="revisions", result="not_assessed", meaning="the PDF is damaged or too large")
    if found.count == 1:
        return Check(name="revisions", result="passed", meaning="the PDF was saved once", value=1.0, limit=1.0)
    if found.count == 1 + found.signed:
        meaning = f"saved {found.count} times, after the first it seems only to sign it; no signature was verified"
        return Check(name="revisions", result="not_assessed", meaning=meaning, value=float(found.count), limit=1.0)
    meaning = f"the PDF was saved {found.count} times, each on top of the last"
    return Check(name="revisions", result="failed", meaning=meaning, value=float(found.count), limit=1.0)


def _parts(data: bytes) -> Iterator[_Part]:
    """A file cut after each closing part outside of streams, as far as these are followed."""
    lengths = _lengths(data)
    start = at = streams = 0
    while streams <= MOST_STREAMS and (found := TOKEN.search(data, at)):
        before, at = at, found.end()
        if found["stream"] is None:
            yield _Part(start, found.start(), at, int(found["offset"] or 0))
            start = at
            continue
        streams += 1
        said = LENGTH.search(data, max(data.rfind(b"obj", before, found.start()), before), found.start())
        named = int(said[1]) if said else -1
        at = _stream_end(data, at, lengths.get(named, ()) if said and said[2] else (named,))


def _lengths(data: bytes) -> Mapping[int, Sequence[int]]:
    """Objects that are a number, by theirs: the lengths of streams may be kept in such. A PDF that is attached may use
    the same number again."""
    kept: dict[int, tuple[int, ...]] = {}
    for found in islice(NUMBER.finditer(data), MOST_LENGTHS):
        if (number := _number(data, found.start())) is not None:
            kept[number] = (*kept.get(number, ())[:3], int(found[1]))
    return kept


def _number(data: bytes, at: int) -> int | None:
    """The number of the object whose word stands at a place, None where none is named there."""
    found = NUMBERED.search(data, max(at - HEAD, 0), at)
    return int(found[1]) if found else None


def _stream_end(data: bytes, start: int, lengths: Sequence[int]) -> int:
    """Where a stream ends: after a length that is true of it, else at the next word for its end, else with the file."""
    for end in (start + length for length in lengths if length >= 0):
        if data[end : end + 12].lstrip().startswith(b"endstream"):
            return end
    end = data.find(b"endstream", start)
    return len(data) if end < 0 else end


def _section(data: bytes, offset: int) -> _Section | None:
    """The section at an offset, a table with its trailer or a stream; None where there is none."""
    head = SECTION.match(data, offset, offset + MOST_BLANKS)
    if not head:
        return None
    start = data.find(b"trailer", head.end(), head.end() + MOST_TABLE) if head["table"] else head.end()
    most = start + MOST_KEYS
    end = data.find(b"startxref" if head["table"] else b"stream", start, most)
    end = most if end < 0 and most < len(data) else end
    keys = data[start:end] if 0 <= start < end else b""
    keys = keys.partition(b" obj")[0] if head["table"] else keys
    size, previous = SIZE.search(keys), PREVIOUS.search(keys)
    if not size or b"endobj" in keys or not (head["table"] or b"/XRef" in keys):
        return None
    whole = bool(head["whole"]) if head["table"] else not PARTIAL.search(keys)
    return _Section(offset, whole, int(size[1]), int(previous[1]) if previous else None)


def _sections(data: bytes, offset: int, most: int) -> int:
    """How many sections lead from this one back, counted up to `most`; 0 where one is missing. That of the first save
    begins with object 0 (7.5.4)."""
    for count in range(1, most + 1):
        found = _section(data, offset)
        if found is None:
            return 0
        if found.previous is None:
            return count if found.whole else 0
        if found.previous >= offset:
            return count
        offset = found.previous
    return most


def _linearised(data: bytes, first: _Part, second: _Part) -> bool:
    """Whether two parts are one save: the second closes a section of the first, and that one points forward."""
    found = _section(data, second.offset) if b"/Linearized" in data[:2048] else None
    return found is not None and found.place < first.close and (found.previous or 0) >= first.end


def _second_table(data: bytes, first: _Part, second: _Part) -> bool:
    """Whether the second part has no object, and nothing but an empty table that names a stream of the first."""
    piece = data[second.start : min(second.close, second.start + 4000)].strip(BLANK).removeprefix(b"%%EOF")
    found = SECOND_TABLE.fullmatch(piece.strip(BLANK))
    stream = STREAM_TABLE.search(found[1]) if found else None
    return stream is not None and int(stream[1]) < first.close


def _signing(data: bytes, parts: Sequence[_Part], first: int) -> Iterator[bool]:
    """Of each later save, whether it brings a signature, a field for one or proofs of one, and of what was there writes
    only that anew which signing does, and every page with the contents it had. Where a file has more words or keys than
    are looked through, no more is told."""
    words = [word.start() for word in islice(OBJECT.finditer(data), MOST_WORDS)]
    looked, shown = 0, dict[int | None, list[bytes]]()
    for place, part in enumerate(parts if len(words) < MOST_WORDS else ()):
        before = _section(data, parts[place - 1].offset) if place else None
        only = before is not None and any(each.search(data, part.start, part.close) for each in SIGNED)
        for number, keys, streamed in _objects(data, words, part):
            looked += len(keys)
            if looked > MOST_LOOKED:
                return
            now = sorted(b" ".join(each.split()) for each in SHOWN.findall(keys))
            if before and (number is None or number < before.size):
                only = only and _by_signing(keys, streamed) and now == shown.get(number, now)
            if now or b"/Page" in keys:
                shown[number] = now
        if place >= first:
            yield only


def _objects(data: bytes, words: Sequence[int], part: _Part) -> Iterator[tuple[int | None, bytes, bool]]:
    """The objects of a part, each with its number, None where it is not told, with what stands before its stream or the
    next object, and whether it has a stream. `words` are where the file has the word for one."""
    within = words[bisect_left(words, part.start) : bisect_left(words, part.close)]
    heads = (at for at in within if data[at - 1 : at].isspace())
    for at, following in pairwise(chain(heads, (part.close,))):
        stream = data.find(b"stream", at, following)
        yield _number(data, at), data[at + len(b"obj") : following if stream < 0 else stream], stream >= 0


def _by_signing(keys: bytes, streamed: bool) -> bool:
    """Whether an object is of the kinds that signing writes anew; a stream is so only with texts about the file."""
    if streamed:
        return METADATA.search(keys) is not None
    return LIST.match(keys) is not None or BY_SIGNING.search(keys) is not None
