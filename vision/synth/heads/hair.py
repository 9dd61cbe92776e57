"""Hair as a few translucent shells around the scalp, and curtains for what hangs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from vision.synth.heads import mesh
from vision.synth.heads.noise import look_up, texture
from vision.synth.heads.person import HairStyle, Person
from vision.synth.heads.raster import Floats, Ints
from vision.synth.heads.skin import Surface, hair_colour, hair_cover, smooth

SHELLS = 4
GRID = (72, 30)


@dataclass(frozen=True)
class Cut:
    """Thickness on top and at the sides in decimetres, where a fringe ends (y), how curly strands are, and whether they
    hang down the sides."""

    top: float
    side: float
    fringe: float
    curl: float
    hangs: bool = False


CUTS: Mapping[HairStyle, Cut] = {
    "cropped": Cut(0.035, 0.02, 9.0, 0.6),
    "short": Cut(0.16, 0.06, 9.0, 0.3),
    "parted": Cut(0.20, 0.10, 9.0, 0.1),
    "long": Cut(0.13, 0.13, 9.0, 0.1, True),
    "fringe": Cut(0.15, 0.14, 7.62, 0.05, True),
    "bald": Cut(0.03, 0.02, 9.0, 0.4),
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """One translucent sheet of hair. `vertices` are in the head's frame, `rest` the same points about the average head,
    `level` how far out it lies (0 to 1). A shell has the bust's vertices moved outwards and is cut out by where hair
    grows; a curtain hangs free and fades out along its rim, where `rim` is 0."""

    vertices: Floats
    rest: Floats
    triangles: Ints
    level: float
    rim: Floats | None = None


def growth(someone: Person, rest: Floats, ears: Floats, years: float) -> Floats:
    """Where shells of hair lie: the scalp, and below the hairline where a fringe falls."""
    cut = CUTS[someone.hair_style]
    cover = hair_cover(someone, rest, ears, years)
    angle = np.degrees(np.abs(np.arctan2(rest[:, 0], rest[:, 2] - np.float32(0.5))))
    ragged = look_up(texture(12, 2, 30), np.degrees(angle) * 0.002 + rest[:, 0], rest[:, 1] * 0.1)
    end = cut.fringe + 0.05 * someone.parting * rest[:, 0] + 0.025 * ragged
    fringe = smooth(-0.02, 0.05, rest[:, 1] - end.astype(np.float32)) * smooth(62, 48, angle.astype(np.float32))
    covered: Floats = np.maximum(cover, fringe)
    return covered


def sheets(someone: Person, vertices: Floats, normals: Floats, years: float) -> Iterator[Sheet]:
    """The sheets of a person's hair from the inside out. `vertices` and `normals` are those of the bust."""
    bust = mesh.base()
    cut = CUTS[someone.hair_style]
    cover = growth(someone, bust.vertices, mesh.mask("ears"), years)
    top = smooth(7.5, 8.35, bust.vertices[:, 1])
    thick = (cut.side + (cut.top - cut.side) * top) * np.sqrt(cover)
    if someone.hair_style == "parted":
        thick *= 1 + 0.5 * np.tanh((bust.vertices[:, 0] - np.float32(someone.parting)) * np.sign(-someone.parting) * 4)
    triangles = bust.triangles[(bust.part == mesh.SKIN) & (cover[bust.triangles].max(axis=1) > 0.02)]
    if cut.hangs:
        for level, inwards in ((0.1, 0.07), (0.5, 0.0)):
            yield curtain(someone, vertices, level, inwards)
    for shell in range(1, SHELLS + 1):
        level = shell / SHELLS
        yield Sheet(vertices + (normals * (level * thick)[:, None]).astype(np.float32), bust.vertices, triangles, level)


def curtain(someone: Person, vertices: Floats, level: float, inwards: float) -> Sheet:
    """Hair that falls from the crown around the sides and the back, as long as the person wears it."""
    bust = mesh.base()
    rest = _hanging(someone, bust.vertices, inwards)
    columns, rows = GRID
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    quads = np.stack([first, first + 1, first + columns + 1, first + columns], axis=1)
    triangles = np.concatenate([quads[:, (0, 1, 2)], quads[:, (0, 2, 3)]]).astype(np.int32)
    down, across = np.divmod(np.arange(rows * columns), columns)
    rim = np.minimum(np.minimum(across, columns - 1 - across) / 3, (rows - 1 - down) / 4)
    return Sheet(_hanging(someone, vertices, inwards), rest, triangles, level, np.minimum(rim, 1).astype(np.float32))


def _hanging(someone: Person, vertices: Floats, inwards: float) -> Floats:
    """The grid of a curtain about the head that `vertices` make (rows down x columns around), flattened to N x 3."""
    columns, rows = GRID
    base = mesh.base().vertices
    band = vertices[(base[:, 1] > 7.4) & (base[:, 1] < 7.8)]
    low, high = band.min(axis=0), band.max(axis=0)
    lift = float(np.median(band[:, 1]) - 7.6)
    t = np.linspace(0, 1, rows)[:, None]
    away = 0.12 * smooth(0.05, 0.35, t.astype(np.float32)) - inwards - 0.02
    wide, deep = (high[0] - low[0]) / 2 + away, (high[2] - low[2]) * 0.52 + away
    height = 8.3 + (someone.hair_length - 8.3) * t
    dome = np.sqrt(np.clip(1 - np.clip((height - 7.45) / 1.22, 0, 1) ** 2, 0, 1))
    opening = np.radians(84 - 32 * smooth(0.1, 0.55, t.astype(np.float32)))
    angle = opening + (2 * np.pi - 2 * opening) * np.linspace(0, 1, columns)
    wave = 1 + someone.wave * (0.05 * np.sin(9 * angle + 4 * t) + 0.04 * np.sin(17 * t + 3 * angle)) * t
    radius = dome * (1 + 0.16 * t) * wave
    x = (high[0] + low[0]) / 2 + wide * radius * np.sin(angle)
    z = (low[2] + 0.47 * (high[2] - low[2])) + deep * radius * np.cos(angle)
    y = np.broadcast_to(height + lift, x.shape)
    return np.stack([x, y, z], axis=-1).reshape(-1, 3).astype(np.float32)


def strands(someone: Person, rest: Floats, years: float, level: float, rim: Floats | None) -> tuple[Floats, Surface]:
    """How opaque a sheet is at each point, and its surface. `rim` is that of a curtain at the points."""
    cut = CUTS[someone.hair_style]
    x, y, z = rest.T
    angle = np.arctan2(x - np.float32(someone.parting * 0.6), z - np.float32(0.15))
    along = np.hypot(np.hypot(x, z - np.float32(0.1)), y - np.float32(8.3)).astype(np.float32)
    wobble = look_up(texture(13, 20, 20), angle * 0.4, along) * np.float32(0.01 + 0.05 * cut.curl + 0.02 * someone.wave)
    across = (angle * np.float32(0.8) + wobble).astype(np.float32)
    fine = look_up(texture(14, 1.2, 60), across * 2.3 + level, along * 0.7)
    locks = look_up(texture(15, 9, 90), across * 1.7, along * 0.5)
    if rim is None:
        alpha = smooth(-2.0 + 2.0 * level, -0.4 + 2.0 * level, fine + 0.4 * locks)
    else:
        alpha = smooth(0.15, 0.6, rim + 0.12 * fine + 0.12 * locks) * smooth(-3.0, -1.6, fine + 0.5 * locks)
    colour = hair_colour(someone, years) * (1 + 0.28 * fine + 0.2 * locks)[:, None] * np.float32(0.65 + 0.45 * level)
    gloss = np.clip(0.5 + 0.35 * fine, 0, None).astype(np.float32)
    return alpha, Surface(np.clip(colour, 0.004, 1).astype(np.float32), gloss, fine)
