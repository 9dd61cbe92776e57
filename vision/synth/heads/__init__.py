"""Selfies and passport portraits of made-up people, rendered on the CPU for demonstration and plumbing.

An integer is a person; another integer is a capture of that person. Nothing here comes from a photograph of anybody.

How SFace tells them apart, over 40 people with one portrait and three selfies each (240 genuine pairs, 12,480
impostor pairs): AUC 0.999998. Genuine cosines lie from 0.775 up (median 0.91; 0.77 up after eight years of ageing),
impostor cosines have mean 0.48 and deviation 0.11 and reach 0.796. At MATCH_THRESHOLD 0.2 % of the impostors and all
genuine pairs match, at SEARCH_THRESHOLD no impostor; 91 % of the impostors and no genuine pair lie below
MISMATCH_THRESHOLD. Six people's portraits printed into documents and captured by scan, phone, from a screen or from a
print score 0.72 and more against their selfies; at 90 x 120 pixels and JPEG quality 25 they score 0.64 and more. At
0.43, where real people match, 69 % of these impostors would match too. No claim about accuracy on real people rests
on any of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from vision.synth.heads import hair as heads_hair
from vision.synth.heads import light as heads_light
from vision.synth.heads import mesh as heads_mesh
from vision.synth.heads import skin as heads_skin
from vision.synth.heads.camera import Canvas, Picture, develop, ground
from vision.synth.heads.light import Light
from vision.synth.heads.person import Person, person, shape_weights
from vision.synth.heads.raster import Floats, Hits, Ints, rasterise, vertex_normals
from vision.synth.heads.skin import Surface, smooth

# Rendered heads are more alike to SFace than people are, so they have thresholds of their own.
MATCH_THRESHOLD = 0.74
SEARCH_THRESHOLD = 0.80
MISMATCH_THRESHOLD = 0.62

PIVOT = np.array((0.0, -0.95, -0.75), np.float32)


@dataclass(frozen=True)
class Pose:
    """How a head is held, in degrees (yaw to the picture's right, pitch downwards, roll counter-clockwise), what the
    face does (mouth opens, smile, blink: 0 to 1), and where the eyes look (degrees)."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    mouth: float = 0.0
    smile: float = 0.0
    blink: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Look:
    """Everything about a capture but the head. `seed` draws light, ground, garment and camera; `formal` is a document's
    portrait; `distance` and `framing` (height of the picture at the face) are decimetres; `shift` is in pictures."""

    seed: int = 0
    formal: bool = False
    distance: float = 6.0
    framing: float = 3.8
    shift: tuple[float, float] = (0.0, 0.0)


def selfie(number: int, capture: int, years: float = 0.0, size: int = 480) -> Picture:
    """A selfie, size x size x 3: `capture` varies pose, expression, light, ground and camera; `years` ages the face."""
    rng = np.random.default_rng([0x5E1F, number, capture])
    yaw, pitch, roll = (float(angle) for angle in rng.normal(0, (8, 5, 4)).clip(-20, 20))
    smile = float(max(0.0, rng.normal(0.15, 0.3)))
    gaze = (-yaw + float(rng.normal(0, 3)), -pitch + float(rng.normal(0, 2)))
    pose = Pose(
        yaw, pitch, roll, float(max(0.0, rng.normal(-0.1, 0.12))), min(smile, 0.8), float(rng.uniform(0, 0.15)), gaze
    )
    look = Look(
        seed=int(rng.integers(1 << 30)),
        distance=float(rng.uniform(4.5, 7.5)),
        framing=float(rng.uniform(3.3, 4.6)),
        shift=(float(rng.normal(0, 0.03)), float(rng.normal(0, 0.03))),
    )
    return render(number, pose, look, size, years)


def portrait(number: int, capture: int = 0, size: int = 320) -> Picture:
    """The portrait printed in a document, size x size x 3: plain ground, even light, closed mouth."""
    rng = np.random.default_rng([0x901D, number, capture])
    yaw, pitch, roll = (float(angle) for angle in rng.normal(0, (2, 1.5, 1)))
    look = Look(seed=int(rng.integers(1 << 30)), formal=True, distance=14.0, framing=3.1)
    return render(number, Pose(yaw, pitch, roll, smile=0.1, gaze=(-yaw, -pitch)), look, size)


def render(number: int, pose: Pose, look: Look, size: int = 480, years: float = 0.0) -> Picture:
    """One picture (size x size x 3, RGB) of a person; the same arguments give the same bytes."""
    rng = np.random.default_rng([0x100C, look.seed])
    side = round(size * (2 if size <= 360 else 1.5))
    light = heads_light.studio(rng) if look.formal else heads_light.everyday(rng)
    canvas = Canvas(side, ground(rng, side, look.formal))
    _draw(canvas, person(number), pose, look, light, years, rng)
    return develop(canvas, rng, size, look.formal)


@dataclass(frozen=True, eq=False)
class Lit:
    """Vertices in the head's frame with their normals, the light they receive, and how far they see each source."""

    vertices: Floats
    normals: Floats
    received: Floats
    sources: Floats


@dataclass(frozen=True, eq=False)
class Stage:
    """A head before the camera: whose, in which light, and how it is turned (head frame to camera frame)."""

    someone: Person
    years: float
    turn: Floats
    light: Light
    look: Look

    def lit(self, vertices: Floats, normals: Floats, seen: Floats) -> Lit:
        """The light on a surface whose vertices see the share `seen` (N x 64) of every direction."""
        received = heads_light.irradiance(normals, self.light, self.turn, seen)
        sources = [heads_light.sees(source, self.turn, seen) for source in self.light.sources]
        return Lit(vertices, normals, received, np.stack(sources, axis=1))

    def place(self, vertices: Floats) -> Floats:
        """Vertices in the head's frame to the camera's: the head turns about the neck, the shoulders stay."""
        turned = (vertices - PIVOT) @ self.turn.T + PIVOT
        share = smooth(-1.75, -0.95, vertices[:, 1] + np.float32(0.25) * vertices[:, 2])[:, None]
        placed: Floats = vertices + share * (turned - vertices)
        return placed

    def project(self, placed: Floats, side: int) -> Floats:
        """Camera frame to pixels, in perspective."""
        look = self.look
        scale = side / look.framing * look.distance / (look.distance - placed[:, 2])
        x = side * (0.5 + look.shift[0]) + placed[:, 0] * scale
        y = side * (0.49 + look.shift[1]) - (placed[:, 1] + 0.05) * scale
        return np.stack([x, y], axis=1).astype(np.float32)


@lru_cache(maxsize=32)
def _neutral(number: Person, years: float) -> Floats:
    """A person's bust at rest, the middle between the eyes at the origin."""
    bust = heads_mesh.base()
    vertices = heads_mesh.blend(shape_weights(number, years))
    eyes = (bust.part == heads_mesh.EYE_LEFT) | (bust.part == heads_mesh.EYE_RIGHT)
    centred: Floats = vertices - vertices[bust.triangles[eyes]].mean(axis=(0, 1))
    return centred


def _expression(pose: Pose) -> dict[str, float]:
    both = {
        "eyeBlink": pose.blink,
        "mouthSmile": pose.smile * 0.8,
        "cheekSquint": pose.smile * 0.4,
        "eyeSquint": pose.smile * 0.3,
        "eyeWide": 0.25 * (1 - pose.blink),
    }
    weights = {f"faceunits/{unit}{side}": value for unit, value in both.items() for side in ("Left", "Right")}
    return weights | {"faceunits/jawOpen": pose.mouth}


def rotation(pose: Pose) -> Floats:
    """The 3 x 3 matrix that turns a head from facing the camera into its pose."""
    yaw, pitch, roll = np.radians((pose.yaw, pose.pitch, pose.roll))
    around_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    around_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turn: Floats = (around_z @ around_x @ around_y).astype(np.float32)
    return turn


def _look_about(vertices: Floats, gaze: tuple[float, float]) -> None:
    """Turn both eyeballs in their sockets."""
    bust = heads_mesh.base()
    turn = rotation(Pose(yaw=gaze[0], pitch=gaze[1]))
    for part in (heads_mesh.EYE_LEFT, heads_mesh.EYE_RIGHT):
        mine = np.unique(bust.triangles[bust.part == part])
        centre = vertices[mine].mean(axis=0)
        vertices[mine] = (vertices[mine] - centre) @ turn.T + centre


def _posed(someone: Person, pose: Pose, years: float) -> Floats:
    """The bust with its expression and gaze, in the head's frame."""
    head = _neutral(someone, years).copy()
    for name, weight in _expression(pose).items():
        if weight:
            head += np.float32(weight) * heads_mesh.morph(name)
    _look_about(head, pose.gaze)
    return head


def _draw(canvas: Canvas, someone: Person, pose: Pose, look: Look, light: Light, years: float, rng: Generator) -> None:
    bust = heads_mesh.base()
    stage = Stage(someone, years, rotation(pose), light, look)
    head = _posed(someone, pose, years)
    lit = stage.lit(head, vertex_normals(head, bust.triangles), heads_light.visibility())
    garment = rng.uniform(0.02, 0.5, 3), float(rng.uniform(5.55, 5.85)), bool(rng.random() < 0.25)
    solid = bust.part <= heads_mesh.TEETH
    hits = _hits(canvas, stage, head, bust.triangles[solid])
    surface = _surfaces(stage, hits, bust.part[solid][hits.triangle], garment)
    canvas.lay(hits, _shade(stage, hits, surface, lit), np.ones(len(hits.pixel), np.float32))
    _lashes(canvas, stage, head)
    _hair(canvas, stage, lit)


def _hits(canvas: Canvas, stage: Stage, vertices: Floats, triangles: Ints, both_sides: bool = False) -> Hits:
    placed = stage.place(vertices)
    points = stage.project(placed, canvas.side)
    return rasterise(points, placed[:, 2], triangles, (canvas.side, canvas.side), both_sides)


def _surfaces(stage: Stage, hits: Hits, part: Ints, garment: tuple[Floats, float, bool]) -> Surface:
    """What the visible points of the opaque bust are made of."""
    bust = heads_mesh.base()
    someone, years = stage.someone, stage.years
    masks = np.stack([heads_mesh.mask("lips"), heads_mesh.mask("ears")], axis=1)
    rest = hits.mix(bust.vertices)
    at = heads_skin.points(someone, rest, *hits.mix(masks).T)
    surface = heads_skin.skin(someone, at, years)
    scalp = heads_skin.hair_cover(someone, rest, at.ears, years)
    surface.cover(scalp * np.float32(0.85), heads_skin.hair_colour(someone, years) * np.float32(0.6), 0.2)
    heads_skin.cloth(surface, rest, *garment)
    eyes = np.flatnonzero((part == heads_mesh.EYE_LEFT) | (part == heads_mesh.EYE_RIGHT))
    eye = heads_skin.eye(stage.someone, rest[eyes])
    surface.albedo[eyes], surface.gloss[eyes], surface.relief[eyes] = eye.albedo, eye.gloss, 0
    teeth = part == heads_mesh.TEETH
    surface.albedo[teeth], surface.gloss[teeth] = (0.6, 0.56, 0.48), 1.0
    return surface


def _shade(stage: Stage, hits: Hits, surface: Surface, lit: Lit, rough: float = 22.0) -> Floats:
    """Linear colour of each point: light received times albedo, and the reflections of the sources."""
    mixed = hits.mix(np.concatenate([lit.normals, lit.received, lit.sources, lit.vertices], axis=1))
    count = lit.sources.shape[1]
    normal, received, seen, place = np.split(mixed, (3, 6, 6 + count), axis=1)
    normal = normal @ stage.turn.T
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    view = np.array((0, 0, stage.look.distance), np.float32) - place
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    colour = surface.albedo * received * (1 + 0.10 * surface.relief)[:, None]
    graze = (1 - np.clip((normal * view).sum(axis=1), 0, 1)) ** 4
    power = np.where(surface.gloss > 2, 250.0, rough).astype(np.float32)
    for index, source in enumerate(stage.light.sources):
        half = view + source.towards
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        facing = np.clip((normal * half).sum(axis=1), 0, 1) ** power
        strength = 0.05 * surface.gloss * (1 + 0.5 * surface.relief) * seen[:, index] * facing * (power + 8) / 16
        colour += np.clip(strength, 0, 2)[:, None] * source.colour
    ambient = (stage.light.above + stage.light.below) / 2
    colour += (0.05 * np.minimum(surface.gloss, 1) * graze)[:, None] * ambient
    return colour.astype(np.float32)


def _lashes(canvas: Canvas, stage: Stage, head: Floats) -> None:
    bust = heads_mesh.base()
    hits = _hits(canvas, stage, head, bust.triangles[bust.part == heads_mesh.LASHES], both_sides=True)
    upper = hits.mix(bust.vertices)[:, 1] > heads_skin.EYE_Y
    alpha = np.where(upper, 0.6, 0.2) * (1.2 if stage.someone.sex == "F" else 0.7)
    canvas.lay(hits, np.full((len(hits.pixel), 3), 0.01, np.float32), alpha.astype(np.float32))


def _hair(canvas: Canvas, stage: Stage, bust: Lit) -> None:
    ears = heads_mesh.mask("ears")[:, None]
    for sheet in heads_hair.sheets(stage.someone, bust.vertices, bust.normals, stage.years):
        hits = _hits(canvas, stage, sheet.vertices, sheet.triangles, both_sides=sheet.rim is not None)
        rest = hits.mix(sheet.rest)
        rim = None if sheet.rim is None else hits.mix(sheet.rim[:, None])[:, 0]
        alpha, surface = heads_hair.strands(stage.someone, rest, stage.years, sheet.level, rim)
        if sheet.rim is None:
            alpha = alpha * heads_hair.growth(stage.someone, rest, hits.mix(ears)[:, 0], stage.years)
            lit = Lit(sheet.vertices, bust.normals, bust.received, bust.sources)
        else:
            open_sky = np.full((len(sheet.vertices), heads_light.DIRECTIONS), 0.8, np.float32)
            lit = stage.lit(sheet.vertices, vertex_normals(sheet.vertices, sheet.triangles), open_sky)
        canvas.lay(hits, _shade(stage, hits, surface, lit, rough=9.0), alpha)
