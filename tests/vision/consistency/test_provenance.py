"""What manifests and XMP declare of how a picture came about, on boxes made here byte by byte."""

from __future__ import annotations

import struct
import time

import pytest

from vision.consistency import provenance
from vision.consistency.container import MOST_BOXES

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def text(value: str) -> bytes:
    """A text string in CBOR."""
    encoded = value.encode()
    size = len(encoded)
    head = (
        bytes((0x60 + size,)) if size < 24 else bytes((0x78, size)) if size < 256 else b"\x79" + struct.pack(">H", size)
    )
    return head + encoded


def pair(key: str, value: str) -> bytes:
    return text(key) + text(value)


def named(key: str, name: str) -> bytes:
    """A key with a list of one map, as version 2 of the claim has it."""
    return text(key) + b"\x81\xa2" + pair("name", name) + pair("version", "25.0")


def store(*claims: bytes) -> bytes:
    description = box(b"jumd", bytes(16) + b"\x03c2pa\0")
    return box(b"jumb", description + b"".join(box(b"cbor", claim) for claim in claims))


def test_every_program_in_the_history_is_read_and_the_first_is_the_maker() -> None:
    camera = pair("claim_generator", "Leica_M11-P/2.0 c2pa-rs/0.28") + pair(
        "digitalSourceType", IPTC + "digitalCapture"
    )
    edited = named("claim_generator_info", "Adobe Photoshop") + pair("softwareAgent", "Adobe Firefly")
    found = provenance.read(store(camera, edited + named("softwareAgent", "Adobe Photoshop")))
    assert found
    assert found.maker == "Leica_M11-P/2.0 c2pa-rs/0.28"
    assert found.programs == (found.maker, "Adobe Photoshop", "Adobe Firefly")
    assert (found.made, found.whole) == ("", True)


@pytest.mark.parametrize(
    "kind", ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia"]
)
@pytest.mark.parametrize("base", [IPTC, IPTC.replace("http:", "https:")])
def test_a_picture_that_no_camera_took_says_so(kind: str, base: str) -> None:
    found = provenance.read(store(pair("digitalSourceType", base + kind) + pair("softwareAgent", "GPT-4o")))
    assert found
    assert (found.made, found.maker, found.programs) == (kind, "", ("GPT-4o",))
    assert (
        provenance.made(f"<Iptc4xmpExt:DigitalSourceType>{base}{kind}</Iptc4xmpExt:DigitalSourceType>".encode()) == kind
    )


@pytest.mark.parametrize(
    "kind", ["digitalCapture", "computationalCapture", "humanEdits", "compositeCapture", "screenCapture"]
)
def test_captures_and_what_a_camera_writes_are_none_of_those(kind: str) -> None:
    assert provenance.made((IPTC + kind).encode()) == ""


def test_long_names_are_cut_and_other_items_are_none() -> None:
    found = provenance.read(
        store(pair("claim_generator", "\x1b[31mCamera " + "x" * 300), text("softwareAgent") + b"\x05")
    )
    assert found
    assert found.programs == (found.maker,)
    assert found.maker.startswith("[31mCamera xxx")
    assert len(found.maker) == provenance.MOST_NAME


def test_boxes_of_another_kind_are_no_manifest() -> None:
    assert provenance.read(box(b"jumb", box(b"jumd", bytes(16) + b"\x03other\0"))) is None
    assert provenance.read(b"") is None


@pytest.mark.parametrize(
    "step", [b"softwareAgent", pair("softwareAgent", "a"), b"digitalsourcetype/", b"claim_generator"]
)
def test_a_store_of_countless_steps_is_read_in_part_and_soon(step: bytes) -> None:
    began = time.process_time()
    found = provenance.read(store(step * (MOST_BOXES // len(step))))
    assert time.process_time() - began < 1
    assert found
    assert found.whole == (b"source" in step)
