"""Light on a head: broad sources around it, and how much of them each vertex sees.

Which directions are blocked is found once, on the average head, from 64 directions; any light is then a weighted sum.
Vectors are in the head's own frame unless said: x to the picture's right, y up, z out of the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from vision.synth.heads import mesh
from vision.synth.heads.raster import Floats, Ints, rasterise, vertex_normals

DIRECTIONS = 64
MAP = 160
# Light enters skin and leaves it some millimetres on, red farthest: each channel wraps around the terminator.
WRAP = np.array((0.35, 0.16, 0.10), np.float32)


@dataclass(frozen=True, eq=False)
class Source:
    """One broad source: the direction towards it (unit, camera frame), its colour, and how narrow it is."""

    towards: Floats
    colour: Floats
    focus: float


@dataclass(frozen=True, eq=False)
class Light:
    """All the light of a capture: sources, and an even ambient colour from above and from below."""

    sources: tuple[Source, ...]
    above: Floats
    below: Floats

    def radiance(self, directions: Floats) -> Floats:
        """What arrives from each direction (D x 3, camera frame): D x 3."""
        share = (directions[:, 1:2] + 1) / 2
        total = self.above * share + self.below * (1 - share)
        for source in self.sources:
            total = total + source.colour * np.exp(source.focus * (directions @ source.towards - 1))[:, None]
        radiance: Floats = total.astype(np.float32)
        return radiance


@cache
def directions() -> Floats:
    """Unit vectors spread evenly over the sphere (64 x 3)."""
    step = np.arange(DIRECTIONS) + 0.5
    height, angle = 1 - 2 * step / DIRECTIONS, np.pi * (1 + 5**0.5) * step
    ring = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1).astype(np.float32)


@cache
def visibility() -> Floats:
    """How far each vertex of the average bust sees each direction: N x 64 in [0, 1]."""
    bust = mesh.base()
    solid = bust.triangles[bust.part == mesh.SKIN]
    raised = bust.vertices + np.float32(0.02) * vertex_normals(bust.vertices, bust.triangles)
    seen = [_seen(bust.vertices, raised, solid, towards) for towards in directions()]
    return np.stack(seen, axis=1)


def _seen(vertices: Floats, raised: Floats, solid: Ints, towards: Floats) -> Floats:
    """Shadow map from one direction, looked up at four neighbouring places for a soft edge."""
    side = np.cross((0.0, 1.0, 0.0) if abs(towards[1]) < 0.9 else (1.0, 0.0, 0.0), towards)
    side /= np.linalg.norm(side)
    frame = np.stack([side, -np.cross(towards, side), towards], axis=1).astype(np.float32)
    placed, probe = vertices @ frame, raised @ frame
    low, high = placed[:, :2].min(axis=0) - 0.1, placed[:, :2].max(axis=0) + 0.1
    scale = (MAP - 1) / float((high - low).max())
    hits = rasterise((placed[:, :2] - low) * scale, placed[:, 2], solid, (MAP, MAP), both_sides=True)
    depth = np.full(MAP * MAP, -1e9, np.float32)
    depth[hits.pixel] = hits.depth
    seen = np.zeros(len(vertices), np.float32)
    for shift in ((-0.7, -0.3), (0.7, 0.3), (-0.3, 0.7), (0.3, -0.7)):
        x, y = np.floor((probe[:, :2] - low) * scale + shift).astype(np.int64).clip(0, MAP - 1).T
        seen += np.clip((probe[:, 2] - depth[y * MAP + x] + 0.04) / 0.04, 0, 1)
    return seen / 4


def irradiance(normals: Floats, light: Light, turn: Floats, seen: Floats) -> Floats:
    """Light falling on each vertex (N x 3, RGB), which sees the share `seen` (N x 64) of each direction.

    `turn` (3 x 3) takes the head's frame to the camera's.
    """
    towards = directions()
    radiance = light.radiance(towards @ turn.T)
    cosine = normals @ towards.T
    total = np.empty((len(normals), 3), np.float32)
    for channel, wrap in enumerate(WRAP):
        received = np.clip((cosine + wrap) / (1 + wrap), 0, None) * seen
        total[:, channel] = received @ radiance[:, channel] * np.float32(4 / DIRECTIONS)
    return total


def sees(source: Source, turn: Floats, seen: Floats) -> Floats:
    """How far each vertex sees one source: N values."""
    towards = source.towards @ turn
    weight = np.exp(6 * (directions() @ towards - 1))
    share: Floats = (seen @ (weight / weight.sum())).astype(np.float32)
    return share


def towards(azimuth: float, elevation: float) -> Floats:
    """A unit vector by its angles in degrees: azimuth 0 is the camera, positive to the picture's right."""
    across, up = np.radians((azimuth, elevation))
    return np.array((np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)), np.float32)


def _tint(rng: Generator, warmth: float) -> Floats:
    shift = rng.normal(warmth, 0.06)
    return np.array((1 + shift, 1.0, 1 - shift), np.float32)


def studio(rng: Generator) -> Light:
    """The even light of a document portrait: two soft boxes and much ambient."""
    tint = _tint(rng, 0.02)
    strength = rng.uniform(0.5, 0.75, 2)
    pair = (
        Source(towards(side * rng.uniform(30, 45), rng.uniform(15, 30)), tint * power, 4.0)
        for side, power in zip((-1, 1), strength, strict=True)
    )
    return Light(tuple(pair), tint * 0.42, tint * 0.3)


def everyday(rng: Generator) -> Light:
    """The light of a selfie: a window or lamp from somewhere in front, a weaker one elsewhere, a room around."""
    key = Source(
        towards(rng.uniform(-65, 65), rng.uniform(5, 50)),
        _tint(rng, rng.choice((-0.05, 0.12))) * 1.3,
        rng.uniform(3, 9),
    )
    fill = Source(towards(rng.uniform(-140, 140), rng.uniform(0, 40)), _tint(rng, 0.05) * rng.uniform(0.1, 0.5), 3.0)
    room = rng.uniform(0.22, 0.45)
    return Light((key, fill), _tint(rng, 0.0) * room, _tint(rng, 0.08) * room * 0.6)
