"""Damage done to files from a seed: blindly, or with the parts of a format kept in order around it."""

from __future__ import annotations

import random
import struct
import zlib

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
Chunk = tuple[bytes, bytes]


def blindly(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, cut out or put in, more often in the headers; sometimes the end torn off."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(min(len(spoilt), 200) if rng.random() < 0.6 else len(spoilt))
        match rng.randrange(5):
            case 0 | 1:
                spoilt[place] = rng.randrange(256)
            case 2:
                spoilt[place : place + rng.randint(1, 30)] = b""
            case 3:
                spoilt[place:place] = rng.randbytes(rng.randint(1, 12))
            case 4:
                del spoilt[max(place, 1) :]
        spoilt = spoilt or bytearray(b"\xff")
    return bytes(spoilt)


def torn(data: bytes, rng: random.Random) -> bytes:
    """The beginning alone, in half of the cases cut right behind the first bytes of a marker or box."""
    marks = [at for at in range(2, min(len(data), 4000)) if data[at : at + 1] == b"\xff" or data[at : at + 4].isalpha()]
    return data[: rng.choice(marks) + rng.randrange(5) if marks and rng.random() < 0.5 else rng.randrange(len(data))]


def swapped(data: bytes, rng: random.Random) -> bytes:
    """Stretches of the file in another order or twice."""
    cuts = sorted(rng.sample(range(len(data)), 4))
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    middle = rng.choices(parts[1:-1], k=rng.randint(1, 5))
    return b"".join([parts[0], *middle, parts[-1]])


def fields(data: bytes, rng: random.Random) -> bytes:
    """A few numbers in the first or last 1500 bytes set to the ends of their ranges, or to one more than they were."""
    spoilt = bytearray(data)
    last = len(data) - 4
    for _ in range(rng.randint(1, 3)):
        size = rng.choice((1, 2, 4))
        at = rng.choice((rng.randint(0, min(last, 1500)), rng.randint(max(0, last - 1500), last)))
        top = 256**size
        value = rng.choice((0, 1, top - 1, top // 2, top // 2 - 1, int.from_bytes(spoilt[at : at + size], "big") + 1))
        spoilt[at : at + size] = (value % top).to_bytes(size, rng.choice(("big", "little")))
    return bytes(spoilt)


def chunks(data: bytes, rng: random.Random) -> bytes:
    """A PNG whose chunks are damaged, doubled, dropped or moved, with checksums that fit; other files blindly."""
    if not data.startswith(PNG_MAGIC):
        return segments(data, rng) if data.startswith(b"\xff\xd8") else blindly(data, rng)
    found = png_chunks(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(found))
        name, content = found[at]
        match rng.randrange(5):
            case 0 | 1:
                found[at] = (name, blindly(content or b"\0", rng))
            case 2:
                found.insert(rng.randrange(len(found)), found[at])
            case 3:
                found[at] = (name, _inflated(content, rng) if name == b"IDAT" else content * 3)
            case 4 if len(found) > 2:
                del found[at]
    return png(found)


def segments(data: bytes, rng: random.Random) -> bytes:
    """A JPEG with segments before its first scan damaged, doubled, dropped or moved, their lengths kept right."""
    scan = data.find(b"\xff\xda")
    at, parts = 2, []
    while at < scan and data[at] == 0xFF:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append((data[at : at + 2], data[at + 4 : at + 2 + length]))
        at += 2 + length
    if not parts:
        return blindly(data, rng)
    for _ in range(rng.randint(1, 3)):
        which = rng.randrange(len(parts))
        marker, content = parts[which]
        match rng.randrange(4):
            case 0 | 1:
                parts[which] = (marker, blindly(content or b"\0", rng)[:65_000])
            case 2:
                parts.insert(rng.randrange(len(parts)), parts[which])
            case 3 if len(parts) > 1:
                del parts[which]
    return data[:2] + b"".join(segment(marker, content) for marker, content in parts) + data[at:]


def segment(marker: bytes, content: bytes) -> bytes:
    """A JPEG segment with its length."""
    return marker + struct.pack(">H", len(content) + 2) + content


def png(parts: list[Chunk]) -> bytes:
    """A PNG of chunks (name, content), each with its length and checksum."""
    return PNG_MAGIC + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


def png_chunks(data: bytes) -> list[Chunk]:
    """The chunks of a PNG, which is in order."""
    at, found = len(PNG_MAGIC), []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _inflated(content: bytes, rng: random.Random) -> bytes:
    """The rows of a PNG damaged before their compression."""
    try:
        return zlib.compress(blindly(zlib.decompress(content), rng))
    except zlib.error:
        return content[:-1]
