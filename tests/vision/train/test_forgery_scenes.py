from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vision.forgery.views import noise_level
from vision.synth.deck import Recipe
from vision.train.forgery_scenes import EXPORTED, GRID, WINDOW, Scene, drawn_scenes, kept_scenes, read_scene

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def there(scenes: Path) -> list[Scene]:
    return [read_scene(path) for path in sorted(scenes.glob("*.npz"))]


def test_the_names_of_recaptured_scenes_say_so(scenes: Path) -> None:
    recaptured = [path for path in scenes.glob("*.npz") if read_scene(path).recaptured]
    assert recaptured == list(scenes.glob("*r.npz"))


def test_a_capture_gives_one_scene_without_an_edit_and_some_with_one(there: list[Scene], scenes: Path) -> None:
    assert len(list(scenes.glob("*.done"))) == 5
    assert sum(not one.operator for one in there) == 5
    assert len(there) > 10


def test_a_scene_is_edited_inside_its_mask_and_nowhere_else_to_speak_of(there: list[Scene], toy: Recipe) -> None:
    for one in there:
        assert one.genuine.shape == one.edited.shape == (*one.mask.shape, 3)
        assert all(side % GRID == 0 and side <= WINDOW for side in one.mask.shape)
        changed = np.abs(one.edited.astype(int) - one.genuine).max(axis=2)
        if one.operator:
            assert one.operator in toy.operators
            assert one.mask.any()
            assert not one.recaptured
            assert changed[one.mask].mean() > 2
            # A slip stuck on the page throws a shadow beside it.
            assert changed[~one.mask].mean() < 2
        else:
            assert not one.mask.any()
            assert not changed.any()


def test_scenes_depend_on_recipe_and_number_alone(scenes: Path, toy: Recipe) -> None:
    for turn, again in enumerate(drawn_scenes(toy, 1)):
        known = read_scene(next(scenes.glob(f"000001-{turn}*.npz")))
        assert np.array_equal(known.genuine, again.genuine)
        assert np.array_equal(known.edited, again.edited)
        assert np.array_equal(known.mask, again.mask)
        assert (known.operator, known.pipeline, known.saved) == (again.operator, again.pipeline, again.saved)


def test_scenes_that_are_there_are_not_drawn_again(scenes: Path, toy: Recipe) -> None:
    before = {path: path.stat().st_mtime_ns for path in scenes.iterdir()}
    kept_scenes(toy, scenes, 0)
    assert {path: path.stat().st_mtime_ns for path in scenes.iterdir()} == before


def test_what_no_camera_took_is_edited_like_the_rest_and_has_no_noise(
    toy: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours of a page as a program writes it are few; a sensor makes each pixel another."""
    taken = list(drawn_scenes(toy, 1))
    monkeypatch.setattr("vision.train.forgery_scenes.EXPORTED", 1.0)
    exported = list(drawn_scenes(toy, 1))
    assert 0 < EXPORTED < 0.5
    assert noise(exported[0]) < 0.5 * noise(taken[0])
    assert any(one.mask.any() and (one.genuine != one.edited).any() for one in exported)


def noise(scene: Scene) -> float:
    return float(noise_level(scene.genuine)[2])
