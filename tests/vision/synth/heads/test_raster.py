"""The rasteriser, the light and the noise under the heads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.synth.heads import light as heads_light
from vision.synth.heads import mesh as heads_mesh
from vision.synth.heads.noise import SIDE, look_up, texture
from vision.synth.heads.raster import rasterise, vertex_normals
from vision.synth.heads.skin import smooth

SIZE = (40, 30)
ONE = np.array([[0, 1, 2]], np.int32)
coordinate = st.floats(-10, 50).map(lambda number: round(number, 2))
corner = st.tuples(coordinate, coordinate)


def front(points: np.ndarray) -> np.ndarray:
    """The corners in the order that faces the viewer."""
    a, b, c = points
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return points if area < 0 else points[[0, 2, 1]]


@given(st.tuples(corner, corner, corner))
@settings(deadline=None, max_examples=100)
def test_covered_pixels_are_those_whose_middle_is_inside(corners: tuple[tuple[float, float], ...]) -> None:
    points = front(np.array(corners, np.float64))
    hits = rasterise(points, np.zeros(3), ONE, SIZE)
    y, x = np.divmod(hits.pixel, SIZE[0])
    assert np.allclose(hits.weights.sum(axis=1), 1, atol=1e-4)
    middles = np.stack([x, y], axis=1) + 0.5
    assert np.allclose(hits.mix(points), middles, atol=1e-3)
    (ax, ay), (bx, by), (cx, cy) = points
    area = abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2
    around = sum(np.hypot(*(points[k] - points[k - 1])) for k in range(3))
    if points.min() >= 0 and points[:, 0].max() <= SIZE[0] and points[:, 1].max() <= SIZE[1]:
        assert abs(len(hits.pixel) - area) <= around + 1


def test_the_nearer_triangle_is_seen() -> None:
    square = np.array([[0, 0], [0, 20], [20, 0]], np.float64)
    points, depth = np.concatenate([square, square]), np.array([1, 1, 1, 5, 5, 5], np.float64)
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        hits = rasterise(points, depth, np.array(triangles, np.int32), SIZE)
        assert set(hits.corners[:, 0]) == {3}
        assert len(set(hits.pixel)) == len(hits.pixel) > 100


def test_a_triangle_that_faces_away_is_seen_only_on_both_sides() -> None:
    points = np.array([[0, 0], [20, 0], [0, 20]], np.float64)
    assert len(rasterise(points, np.zeros(3), ONE, SIZE).pixel) == 0
    assert len(rasterise(points, np.zeros(3), ONE, SIZE, both_sides=True).pixel) > 100


def test_nothing_in_sight_is_no_error() -> None:
    away = np.array([[-9, -9], [-5, -9], [-9, -5]], np.float64)
    hits = rasterise(away, np.zeros(3), ONE, SIZE, both_sides=True)
    assert len(hits.pixel) == len(hits.mix(away)) == 0


def test_normals_of_a_sphere_point_outwards() -> None:
    longitude, latitude = np.meshgrid(np.linspace(0, 2 * np.pi, 40), np.linspace(0.05, np.pi - 0.05, 20))
    ball = np.stack([np.sin(latitude) * np.cos(longitude), np.cos(latitude), np.sin(latitude) * np.sin(longitude)], -1)
    vertices = ball.reshape(-1, 3)
    first = (np.arange(19)[:, None] * 40 + np.arange(39)).ravel()
    triangles = np.stack([first, first + 1, first + 41], axis=1).astype(np.int32)
    used = np.unique(triangles)
    assert (vertex_normals(vertices, triangles) * vertices).sum(axis=1)[used].min() > 0.9


def test_directions_cover_the_sphere_evenly() -> None:
    towards = heads_light.directions()
    assert np.allclose(np.linalg.norm(towards, axis=1), 1, atol=1e-5)
    assert np.abs(towards.mean(axis=0)).max() < 0.02


def test_the_face_sees_forwards_and_not_backwards() -> None:
    seen, vertices = heads_light.visibility(), heads_mesh.base().vertices
    forehead = (np.abs(vertices[:, 0]) < 0.2) & (np.abs(vertices[:, 1] - 7.8) < 0.1) & (vertices[:, 2] > 1)
    towards = heads_light.directions()
    assert seen[forehead][:, towards[:, 2] > 0.8].mean() > 0.95
    assert seen[forehead][:, towards[:, 2] < -0.8].mean() < 0.1
    assert 0 <= seen.min() <= seen.max() <= 1


def test_twice_the_light_is_received_twice() -> None:
    light = heads_light.everyday(np.random.default_rng(1))
    double = heads_light.Light(
        tuple(heads_light.Source(each.towards, each.colour * 2, each.focus) for each in light.sources),
        light.above * 2,
        light.below * 2,
    )
    normals = heads_light.directions()
    seen = np.ones((len(normals), heads_light.DIRECTIONS))
    once, twice = (heads_light.irradiance(normals, each, np.eye(3), seen) for each in (light, double))
    assert np.allclose(once * 2, twice, rtol=1e-4)
    assert once.min() > 0


def test_a_surface_is_brightest_towards_the_source() -> None:
    source = heads_light.Source(heads_light.towards(40, 20), np.ones(3), 8.0)
    light = heads_light.Light((source,), np.zeros(3), np.zeros(3))
    normals = np.stack([source.towards, -source.towards])
    bright, dark = heads_light.irradiance(normals, light, np.eye(3), np.ones((2, heads_light.DIRECTIONS)))
    assert (bright > 5 * dark).all()


@given(st.floats(-40, 40), st.floats(-40, 40), st.integers(1, 3000))
@settings(deadline=None, max_examples=40)
def test_noise_repeats(u: float, v: float, count: int) -> None:
    source = texture(1, 3, 3)
    here = look_up(source, np.full(count, u), np.full(count, v))
    assert here.shape == (count,)
    assert np.allclose(here, look_up(source, np.full(count, u + 1), np.full(count, v - 1)), atol=0.05)


def test_noise_is_centred_and_unlike_another_seed() -> None:
    one, other = texture(1, 3, 3), texture(2, 3, 3)
    assert one.shape == (SIDE, SIDE)
    assert one.mean() == pytest.approx(0, abs=1e-4)
    assert one.std() == pytest.approx(1, abs=1e-3)
    assert abs((one * other).mean()) < 0.1


@given(st.floats(-5, 5))
@settings(deadline=None, max_examples=40)
def test_a_smooth_step_and_its_reverse_make_one(value: float) -> None:
    up, down = (smooth(*ends, np.array([value])) for ends in ((0.0, 1.0), (1.0, 0.0)))
    assert float(up[0] + down[0]) == pytest.approx(1, abs=1e-5)
