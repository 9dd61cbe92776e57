"""Programs that edit or generate pictures, known by the names they give themselves in a file.

A name counts where it stands as words of its own: "Canvas Phone" is not Canva. Names are easily forged and left out, so
a file that names none of these is not thereby genuine.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["editor", "generator", ""]

EDITORS = (
    "photoshop", "lightroom", "gimp", "snapseed", "pixelmator", "affinity", "paint net", "paint shop", "paintshop",
    "picsart", "canva", "photopea", "pixlr", "faceapp", "facetune", "inkscape", "illustrator", "coreldraw",
    "photoscape", "befunky", "fotor", "krita", "luminar", "capture one", "darktable", "rawtherapee", "acrobat",
    "indesign", "vsco", "vscocam", "meitu", "remini", "figma", "microsoft designer", "imagemagick",
    "graphicsmagick", "imageready", "adobe fireworks", "photo paint", "polarr", "procreate", "clip studio",
    "photodirector", "topaz photo", "topaz gigapixel", "lensa", "photoroom", "microsoft paint", "mspaint", "beautyplus",
    "pixelcut", "capcut", "hypic", "dxo", "on 1 photo", "airbrush", "youcam", "peachy", "picmonkey", "picasa",
    "photo editor", "acdsee", "irfanview", "xnview", "movavi", "inshot", "skitch",
)  # fmt: skip
"""Programs that change pixels, as `_words` has them. A camera's own firmware and a phone's gallery are none."""
GENERATORS = (
    "stable diffusion", "midjourney", "dall e", "dalle", "adobe firefly", "comfyui", "invokeai", "fooocus", "novelai",
    "openai", "chatgpt", "gpt 4 o", "gpt image", "google imagen", "google gemini", "google ai", "ideogram",
    "microsoft responsible ai", "bing image creator", "grok", "flux", "leonardo ai",
)  # fmt: skip
"""Programs and services that make pictures out of words."""
CAMERAS = ("acrobat scan", "adobe scan", "photoshop camera", "flux camera")
"""Apps that photograph, which are called as programs above are."""
TAKING = re.compile(
    r"[\d.]+|ver(?:sion)?[. ]*[\d.]+|[A-Z]\d{3}[A-Z0-9]{8,12}|HDR\+ .*|(?:microsoft )?windows(?: photo viewer)?[ \d.]+"
    r"|.*\b(?:camera|firmware|scan|scanner|canoscan|vuescan)\b.*",
    re.IGNORECASE,
)
"""How programs of cameras, phones and scanners are called: a bare version, a Samsung build, a name that says so."""
WORD = re.compile(r"[^\W\d_]+|\d+")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
"""A word written by itself, and one that a capital sets off in another, as in LuminarAI."""


def kind(named: str) -> Kind:
    """What a program is that is called so, "" for one that neither edits nor generates."""
    said = _words(WORD, named) + _words(PART, named)
    if any(f" {name} " in said for name in GENERATORS):
        return "generator"
    return "editor" if any(f" {name} " in said for name in EDITORS) else ""


def takes(named: str) -> bool:
    """Whether a program that is called so is known to take or scan pictures, not to change them."""
    return not kind(named) and TAKING.fullmatch(named.strip()) is not None


def _words(word: re.Pattern[str], text: str) -> str:
    """The words of a text in lower case, a space around each, without the names of cameras. Numbers are words too."""
    words = f" {' '.join(word.findall(text)).lower()} "
    for camera in CAMERAS:
        words = words.replace(f" {camera} ", " ")
    return words
