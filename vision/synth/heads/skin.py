"""The colour of skin, lips, brows, beard, eyes and cloth at every visible point.

Everything is a function of where the point lies on the average bust (`rest`, in decimetres: mouth at y 6.6, eyes at
y 7.28 and x 0.31 either side, brows at 7.47, hairline at about 8.0), so no texture has to be unwrapped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vision.synth.heads.noise import look_up, texture
from vision.synth.heads.person import Person, skin_colour
from vision.synth.heads.raster import Floats

EYE_X, EYE_Y = 0.308, 7.284
IRIS, PUPIL = 0.068, 0.026
HAIRLINE_ANGLES = (0, 25, 42, 58, 70, 80, 90, 100, 112, 140, 180)
HAIRLINE_HEIGHTS = (8.02, 8.01, 7.95, 7.72, 7.38, 7.16, 7.30, 7.30, 6.95, 6.68, 6.62)


@dataclass(eq=False)
class Surface:
    """What light meets at P points: `albedo` P x 3 (linear), `gloss` P (strength of reflection), `relief` P (bumps)."""

    albedo: Floats
    gloss: Floats
    relief: Floats

    def cover(self, share: Floats, colour: Floats, gloss: float | None = None) -> None:
        """Lay a colour over the surface where `share` is 1, mixed in between."""
        self.albedo += share[:, None] * (colour - self.albedo)
        if gloss is not None:
            self.gloss += share * (gloss - self.gloss)


@dataclass(frozen=True, eq=False)
class Points:
    """P visible points of the bust: `rest` P x 3, texture coordinates `u` and `v`, and the shares `front` (in front of
    the ears), `lips` and `ears`."""

    rest: Floats
    u: Floats
    v: Floats
    front: Floats
    lips: Floats
    ears: Floats

    @property
    def x(self) -> Floats:
        return self.rest[:, 0]

    @property
    def y(self) -> Floats:
        return self.rest[:, 1]

    def bump(self, centre: tuple[float, float], size: tuple[float, float]) -> Floats:
        """A soft round spot on the face, mirrored to both sides."""
        across, up = (np.abs(self.x) - centre[0]) / size[0], (self.y - centre[1]) / size[1]
        hill: Floats = np.exp(-(across**2) - up**2)
        return hill

    def noise(self, seed: int, grain: tuple[float, float], repeats: tuple[float, float]) -> Floats:
        """Noise over the skin, of mean 0 and deviation 1."""
        return look_up(texture(seed, *grain), self.u * repeats[0], self.v * repeats[1])


def smooth(low: float, high: float, values: Floats) -> Floats:
    """0 below `low`, 1 above `high`, a smooth step between (reversed where high < low)."""
    at = np.clip((values - low) / (high - low), 0, 1)
    step: Floats = (at * at * (3 - 2 * at)).astype(np.float32)
    return step


def around(rest: Floats) -> tuple[Floats, Floats]:
    """Texture coordinates on a cylinder about the head: one repeat is about one decimetre."""
    angle = np.arctan2(rest[:, 0], rest[:, 2] - np.float32(0.4))
    return angle * np.float32(0.9), rest[:, 1] + np.float32(0.3) * rest[:, 2]


def hair_cover(someone: Person, rest: Floats, ears: Floats, years: float) -> Floats:
    """How densely hair grows at each point of the scalp, 0 to 1."""
    angle = np.degrees(np.abs(np.arctan2(rest[:, 0], rest[:, 2] - np.float32(0.5))))
    line = np.interp(angle, HAIRLINE_ANGLES, HAIRLINE_HEIGHTS).astype(np.float32)
    receding = max(0.0, someone.age + years - 30) * (0.004 if someone.sex == "M" else 0.0005)
    front = np.exp(-((angle / 60) ** 2))
    temple = np.exp(-(((angle - 42) / 16) ** 2))
    line = line + (someone.hairline + 0.5 * receding) * front + receding * temple
    u, v = around(rest)
    ragged = look_up(texture(1, 3, 10), u * 1.5 + someone.parting, v * 1.5)
    above = rest[:, 1] - line + np.float32(0.025) * ragged
    grown = smooth(-0.03, 0.07, above) * (1 - smooth(0.2, 0.6, ears))
    if someone.hair_style == "bald":
        grown *= smooth(7.75, 7.45, rest[:, 1]) * np.float32(0.75)
    return grown


def grey_share(someone: Person, years: float) -> float:
    """The share of grey hair at an age."""
    return float(np.clip((someone.age + years - 40) / 32, 0, 0.9)) * (0.35 if someone.sex == "F" else 1.0)


def hair_colour(someone: Person, years: float) -> Floats:
    """Hair colour at an age (linear RGB)."""
    grey = grey_share(someone, years)
    colour: Floats = ((1 - grey) * np.array(someone.hair) + grey * np.array((0.42, 0.41, 0.40))).astype(np.float32)
    return colour


def points(someone: Person, rest: Floats, lips: Floats, ears: Floats) -> Points:
    """The points of a person's bust that lie at `rest` on the average one."""
    u, v = around(rest)
    return Points(rest, u + np.float32(someone.texture % 997 / 997), v, smooth(0.55, 0.95, rest[:, 2]), lips, ears)


def skin(someone: Person, at: Points, years: float) -> Surface:
    """Bare skin with lips, brows, stubble, marks and lines, `years` older than the person's own age."""
    tone = 1 + 0.05 * at.noise(2, (60, 60), (0.3, 0.3)) + 0.035 * at.noise(3, (10, 10), (1, 1))
    pores = at.noise(4, (1.6, 1.6), (2.4, 2.4))
    base = np.array(skin_colour(someone.melanin), np.float32)
    gloss = np.full(len(pores), 0.5, np.float32)
    surface = Surface(base * (tone + 0.025 * pores)[:, None], gloss, pores * np.float32(0.35))
    _blood(surface, someone, at)
    _marks(surface, someone, at)
    _beard(surface, someone, at, years)
    _lips(surface, someone, at)
    _lines(surface, someone.age + years, at)
    _brows(surface, someone, at, years)
    surface.gloss *= 1 + 0.6 * at.front * (at.bump((0.0, 7.0), (0.12, 0.35)) + at.bump((0.0, 7.75), (0.4, 0.15)))
    return surface


def _blood(surface: Surface, someone: Person, at: Points) -> None:
    """Redness of cheeks, nose, chin and ears, and the darker skin around the eyes."""
    cheeks, nose = at.bump((0.38, 6.95), (0.2, 0.16)), at.bump((0, 6.92), (0.14, 0.1))
    red = (at.front * (0.9 * cheeks + nose + 0.4 * at.bump((0, 6.3), (0.2, 0.1))) + 0.8 * at.ears)[:, None]
    red = red * np.float32(someone.ruddiness * (1 - 0.6 * someone.melanin))
    surface.albedo *= 1 - red * np.array((0.02, 0.20, 0.17), np.float32)
    bags, lids = at.bump((EYE_X, 7.17), (0.17, 0.055)), at.bump((EYE_X - 0.03, 7.36), (0.17, 0.06))
    shade = np.clip(at.front * (bags + 0.9 * lids) * np.float32(someone.shadows), 0, 1)[:, None]
    surface.albedo *= 1 - shade * np.array((0.13, 0.19, 0.15), np.float32)


def _marks(surface: Surface, someone: Person, at: Points) -> None:
    """Freckles and moles."""
    spread = at.front * (at.bump((0.3, 7.0), (0.3, 0.2)) + 0.4)
    dots = smooth(1.3, 2.0, at.noise(5, (3, 3), (1.3, 1.3))) * spread * np.float32(someone.freckles)
    dark = np.array(skin_colour(someone.melanin), np.float32) * np.array((0.55, 0.42, 0.35), np.float32)
    surface.cover(0.55 * np.clip(dots, 0, 1), dark)
    for mark_x, mark_y, radius in someone.marks:
        distance = np.hypot(at.x - np.float32(mark_x), at.y - np.float32(mark_y))
        surface.cover(0.8 * at.front * smooth(radius, radius * 0.6, distance), dark * np.float32(0.5))


def _beard(surface: Surface, someone: Person, at: Points, years: float) -> None:
    """Stubble or beard: full, or only around the mouth, by `beard_shape`."""
    if not someone.beard:
        return
    x, y = np.abs(at.x), at.y
    grown = someone.beard > 0.4
    cheek = np.interp(x, (0.0, 0.18, 0.3, 0.5, 0.7), (6.80, 6.78, 6.66, 6.85, 7.15))
    area = smooth(0.03, -0.05, y - cheek) * smooth(0.35, 0.6, at.rest[:, 2]) * smooth(6.02, 6.18, y)
    if someone.beard_shape > 0.6 and grown:
        area *= smooth(0.38, 0.28, x)
    area *= 1 - np.clip(1.6 * at.bump((0, 6.56), (0.24, 0.085)) - 0.3, 0, 1) * (y < 6.69)
    strands = at.noise(6, (1.2, 5), (2.2, 1.6))
    share = area * np.clip(someone.beard * (1.15 if grown else 0.5) * (0.75 + 0.45 * strands), 0, 0.95)
    surface.cover(np.clip(share, 0, 1), hair_colour(someone, years) * np.float32(1.1), 0.25)
    surface.relief += area * strands * np.float32(someone.beard * 0.8)


def _lips(surface: Surface, someone: Person, at: Points) -> None:
    tone = 1 - someone.lip_tone * np.array((0.2, 0.4, 0.32), np.float32)
    natural = np.array(skin_colour(someone.melanin), np.float32) * np.array((0.92, 0.68, 0.66), np.float32) * tone
    painted = np.array((0.45, 0.05, 0.08), np.float32) * np.float32(1 - 0.5 * someone.melanin)
    makeup = max(0.0, someone.lip - 0.7) * 2.2
    creases = 1 + 0.07 * at.noise(7, (2, 14), (2.5, 1.2))
    colour = (natural + makeup * (painted - natural) + np.float32(0.008)) * creases[:, None]
    surface.cover(smooth(0.15, 0.85, at.lips) * np.float32(0.9), colour, 0.9)


def _lines(surface: Surface, age: float, at: Points) -> None:
    """The lines that age draws on the forehead, beside the eyes and beside the mouth."""
    strength = np.float32(np.clip((age - 32) / 40, 0, 1))
    if not strength:
        return
    x, y = np.abs(at.x), at.y
    wave = np.sin((y + 0.06 * np.cos(5 * at.x)) * np.float32(2 * np.pi / 0.085))
    forehead = smooth(0.75, 1.0, wave) * at.bump((0, 7.75), (0.42, 0.14))
    fan = np.sin(11 * np.arctan2(y - EYE_Y, x - 0.42))
    crow = smooth(0.6, 1.0, fan) * at.bump((0.53, 7.28), (0.06, 0.09))
    slant = np.abs(x - (0.16 + 0.55 * (6.87 - y)))
    fold = smooth(0.02, 0.0, slant) * smooth(6.55, 6.65, y) * smooth(6.88, 6.82, y)
    depth = np.clip(at.front * strength * (forehead + crow + 0.8 * fold), 0, 1)
    surface.albedo *= 1 - depth[:, None] * np.array((0.16, 0.22, 0.22), np.float32)


def _brows(surface: Surface, someone: Person, at: Points, years: float) -> None:
    """Brows as a tapering, arched band of fine strokes that lean outwards."""
    x, y, gap = np.abs(at.x), at.y, someone.brow_gap
    along = np.clip((x - gap) / (0.52 - gap), 0, 1)
    rise = (0.035 + 0.045 * someone.brow_arch) * np.sin(np.pi * along**0.85) - 0.03 * along**3
    above = y - (7.455 + someone.brow_height + rise)
    half = (0.018 + 0.032 * someone.brow_weight) * (1 - 0.72 * along**1.7)
    ends = smooth(gap - 0.02, gap + 0.05, x) * smooth(0.55, 0.46, x)
    inside = smooth(1.15, 0.35, np.abs(above) / half) * ends
    strokes = look_up(texture(8, 1.0, 7), x * 2.6 - above * 2.4 * (0.3 + along), y * 1.6 + 0.5 * x)
    share = at.front * inside * np.clip(0.55 + 0.35 * someone.brow_weight + 0.28 * strokes, 0, 1)
    colour = 0.75 * hair_colour(someone, years * 0.5) + 0.25 * np.array((0.03, 0.02, 0.015), np.float32)
    surface.cover(np.clip(share, 0, 0.97), colour, 0.2)


def eye(someone: Person, rest: Floats) -> Surface:
    """White, iris and pupil of both eyes, and the shade of the upper lid."""
    side = np.sign(rest[:, 0])
    x, y = rest[:, 0] - side * np.float32(EYE_X), rest[:, 1] - np.float32(EYE_Y)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    corner = smooth(0.05, 0.13, np.abs(x))
    white = np.array((0.52, 0.48, 0.45), np.float32) - corner[:, None] * np.array((0.05, 0.16, 0.16), np.float32)
    surface = Surface(white, np.full(len(x), 3.0, np.float32), np.zeros(len(x), np.float32))
    rays = look_up(texture(9, 3, 30), angle / (2 * np.pi) * 2, radius * 3)
    shade = 0.8 + 0.25 * rays + 0.5 * smooth(IRIS * 0.4, IRIS * 0.8, radius)
    iris = np.array(someone.iris, np.float32) * shade[:, None] * (1 - 0.75 * smooth(IRIS * 0.8, IRIS, radius))[:, None]
    surface.cover(smooth(IRIS * 1.08, IRIS * 0.95, radius), iris.astype(np.float32))
    surface.cover(smooth(PUPIL * 1.15, PUPIL * 0.9, radius), np.full(3, 0.004, np.float32))
    return surface


def cloth(surface: Surface, rest: Floats, colour: Floats, neckline: float, striped: bool) -> None:
    """Dress the body below a neckline (its height at the back of the neck, in decimetres)."""
    x, y, z = rest.T
    across = np.abs(x)
    height = neckline - 0.35 * smooth(0.2, 1.2, z) + 0.22 * smooth(0.3, 0.9, across) + smooth(0.9, 1.5, across)
    weave = look_up(texture(10, 1.2, 3), x * 3, y * 3) * np.float32(0.06)
    folds = look_up(texture(11, 40, 70), x * 0.25, y * 0.2) * np.float32(0.08)
    hem = smooth(0.1, 0.06, height - y)
    stripes = smooth(0.2, 0.5, np.sin(y * 40)) * np.float32(0.35 if striped else 0)
    albedo = colour * (1 + weave + folds - 0.12 * hem - stripes)[:, None]
    surface.cover(smooth(0.015, -0.015, y - height), np.clip(albedo, 0.01, 0.9), 0.08)
