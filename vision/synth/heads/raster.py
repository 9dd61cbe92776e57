"""A small software rasteriser: triangles to a buffer of what each pixel sees, with a depth test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int32]
MAX_SPAN = 400


@dataclass(frozen=True)
class Hits:
    """The visible surface at P covered pixels: flat `pixel` index, its `triangle`, the three `corners` (P x 3 vertex
    indices), their `weights` (P x 3) and `depth` (P)."""

    pixel: Ints
    triangle: Ints
    corners: Ints
    weights: Floats
    depth: Floats

    def mix(self, values: Floats) -> Floats:
        """Interpolate an attribute of the vertices (N x C) to P x C."""
        mixed: Floats = self.weights[:, :1] * values[self.corners[:, 0]]
        for k in (1, 2):
            mixed += self.weights[:, k : k + 1] * values[self.corners[:, k]]
        return mixed


def _spans(low: Ints, high: Ints) -> tuple[Ints, Ints, Ints]:
    """Every (owner, x, y) of the boxes `low`..`high` (exclusive), enumerated without a loop."""
    width, height = np.maximum(high - low, 0).T
    area = width * height
    owner = np.repeat(np.arange(len(area), dtype=np.int32), area)
    start = np.cumsum(area) - area
    inside = np.arange(len(owner), dtype=np.int32) - np.repeat(start, area).astype(np.int32)
    row = inside // np.maximum(width, 1)[owner]
    return owner, low[owner, 0] + inside - row * width[owner], low[owner, 1] + row


def rasterise(points: Floats, depth: Floats, triangles: Ints, size: tuple[int, int], both_sides: bool = False) -> Hits:
    """What each pixel of a `size` = (width, height) image sees; greater `depth` is nearer.

    `points` are pixel positions (x right, y down). Triangles that face away are dropped unless `both_sides`.
    """
    a, b, c = (points[triangles[:, k]] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.ceil(np.minimum(np.minimum(a, b), c) - 0.5).astype(np.int32).clip(0, size)
    high = (np.floor(np.maximum(np.maximum(a, b), c) - 0.5).astype(np.int32) + 1).clip(0, size)
    wanted = (np.abs(doubled) > 1e-6) & ((high - low).max(axis=1) < MAX_SPAN) & (both_sides | (doubled < 0))
    chosen = np.flatnonzero(wanted).astype(np.int32)
    owner, x, y = _spans(low[chosen], high[chosen])
    face = chosen[owner]
    weights = _barycentric(a, b, c, doubled, face, x + np.float32(0.5), y + np.float32(0.5))
    inside = np.flatnonzero((weights >= 0).all(axis=1))
    face, weights = face[inside], weights[inside]
    pixel = (y[inside] * size[0] + x[inside]).astype(np.int32)
    near = np.einsum("pk,pk->p", weights, depth[triangles[face]]).astype(np.float32)
    order = np.lexsort((near, pixel))
    last = order[np.append(pixel[order][1:] != pixel[order][:-1], True)] if len(order) else order
    return Hits(pixel[last], face[last], triangles[face[last]], weights[last], near[last])


def _barycentric(a: Floats, b: Floats, c: Floats, doubled: Floats, face: Ints, x: Floats, y: Floats) -> Floats:
    """Barycentric weights (P x 3) of the points (x, y) in the triangles `face`."""
    ax, ay = a[face, 0], a[face, 1]
    inverse = 1 / doubled[face]
    v = ((x - ax) * (c[face, 1] - ay) - (y - ay) * (c[face, 0] - ax)) * inverse
    w = ((b[face, 0] - ax) * (y - ay) - (b[face, 1] - ay) * (x - ax)) * inverse
    return np.stack([1 - v - w, v, w], axis=1)


def vertex_normals(vertices: Floats, triangles: Ints) -> Floats:
    """Unit normals (N x 3) at the vertices, each the mean of its triangles weighted by area."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(flat[:, k], 3), len(vertices)) for k in range(3)], axis=1
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    normals: Floats = (total / np.maximum(length, 1e-12)).astype(np.float32)
    return normals
