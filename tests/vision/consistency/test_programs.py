"""Names of programs as files have them: those of editors and generators, and those that only look alike."""

from __future__ import annotations

import pytest

from vision.consistency.programs import Kind, kind, takes


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("Adobe Photoshop 25.4 (Windows)", "editor"),
        ("Adobe_Photoshop/25.0 adobe_c2pa/0.7.6 c2pa-rs/0.25", "editor"),
        ("com.adobe.photoshop", "editor"),
        ("GIMP2.10", "editor"),
        ("PAINT.NET v5", "editor"),
        ("LuminarAI", "editor"),
        ("VSCOcam", "editor"),
        ("Adobe ImageReady", "editor"),
        ("Adobe Acrobat Pro 24", "editor"),
        ("Adobe Acrobat Scan iOS; Snapseed 2", "editor"),
        ("Adobe_Firefly", "generator"),
        ("DALL\u00b7E 3", "generator"),
        ("OpenAI-API", "generator"),
        ("GPT-4o", "generator"),
        ("Adobe Photoshop with Adobe Firefly", "generator"),
        ("Topaz Photo AI 2.0", "editor"),
        ("PhotoRoom 4.9", "editor"),
        ("Microsoft Paint 11", "editor"),
        ("ON1 Photo RAW 2024", "editor"),
        ("Photoshop Express", "editor"),
        ("Grok", "generator"),
        ("FLUX.1 [dev]", "generator"),
        ("Leonardo.Ai", "generator"),
        ("Flux", "generator"),
        ("Picasa", "editor"),
        ("Windows Photo Editor 10.0.10011.16384", "editor"),
        ("Photo Editor", "editor"),
        ("ACDSee Photo Studio", "editor"),
        ("IrfanView", "editor"),
        ("XnView 2.49", "editor"),
        ("Movavi Photo 24", "editor"),
        ("InShot", "editor"),
        ("Skitch 2.8", "editor"),
        ("Adobe Photoshop Camera; Snapseed 2", "editor"),
    ],
)
def test_an_editor_or_a_generator_is_known_by_its_name(named: str, expected: Kind) -> None:
    assert kind(named) == expected


@pytest.mark.parametrize(
    "named",
    [
        "Adobe Acrobat Scan iOS",
        "Adobe Scan for Android",
        "Adobe Photoshop Camera",
        "Flux Camera 2.0",
        "Canvas Phone 3 MicromaxOS",
        "Gimple camera",
        "Luminous Camera fw",
        "LUMINA 950 lte",
        "Firefly 8S action camera",
        "Mejor imagen",
        "HDR+ 1.0.540104767zd",
        "Google C2PA Core Generator Library",
        "Leica_M11-P/2.0 adobe_c2pa/0.7 c2pa-rs/0.28",
        "Camera on 1.2",
        "17.5.1",
        "",
    ],
)
def test_a_camera_a_scanner_and_a_name_that_looks_alike_are_none(named: str) -> None:
    assert kind(named) == ""


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ("17.5.1", True),
        ("Ver.1.01", True),
        ("S928BXXU4AXKF", True),
        ("HDR+ 1.0.540104767zd", True),
        ("Windows 11", True),
        ("Microsoft Windows Photo Viewer 6.1.7600.16385", True),
        ("EPSON Scan", True),
        ("Adobe Acrobat Scan iOS", True),
        ("Adobe Photoshop Camera", True),
        ("Flux Camera 2.0", True),
        ("Digital Camera X-T4 Ver2.10", True),
        ("Windows Photo Editor 10.0.10011.16384", False),
        ("An App Nobody Knows 3", False),
        ("GIMP 2.10 camera", False),
    ],
)
def test_a_program_that_takes_pictures_is_known_as_one(named: str, known: bool) -> None:
    assert takes(named) is known
