import numpy as np
import pytest

from vision.consistency import picture
from vision.types import Box

RNG = np.random.default_rng(5)


def page(colour: tuple[float, float, float], noise: float = 4.0) -> np.ndarray:
    """Paper with dark lines of text, and a block of the given colour."""
    made = np.full((400, 600, 3), 225.0)
    for y in range(40, 380, 40):
        made[y : y + 8, 40:560:14] = 40
    made[100:200, 60:200] = colour
    return np.clip(made + RNG.normal(0, noise, made.shape), 0, 255).astype(np.uint8)


def lit(rgb: np.ndarray, light: tuple[float, float, float]) -> np.ndarray:
    return np.clip(rgb * np.array(light), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [(1.0, 1.0, 1.0), (1.0, 0.85, 0.6), (0.7, 0.8, 1.0)])
def test_a_page_without_colour_is_a_copy_whatever_the_light(light: tuple[float, float, float]) -> None:
    grey = picture.grey_copy(lit(page((120, 120, 120)), light), None)
    colour = picture.grey_copy(lit(page((160, 110, 90)), light), None)
    assert (grey.result, colour.result) == ("failed", "passed")
    assert grey.value < grey.limit < colour.value


def test_white_burnt_out_in_coloured_light_is_no_colour() -> None:
    grey = lit(page((120, 120, 120)), (0.9, 0.8, 0.9))
    burnt = grey.copy()
    burnt[250:300, 300:560] = (255, 232, 255)
    burnt[300:360, 300:560] = np.where((np.arange(260) // 5 % 2)[:, None], 255, 20)
    assert picture.grey_copy(burnt, None).value == pytest.approx(picture.grey_copy(grey, None).value, abs=2)
    assert picture.grey_copy(np.full_like(burnt, 255), None).result == "not_assessed"


def test_colour_that_comes_and_goes_along_black_edges_is_noise() -> None:
    down, across = np.mgrid[0:400, 0:600]
    noisy = page((120, 120, 120)) + 20.0 * ((across // 4 + down // 4) % 2 * 2 - 1)[..., None] * np.array([1, 0, -1])
    assert picture.grey_copy(np.clip(noisy, 0, 255).astype(np.uint8), None).result == "failed"


def test_only_the_page_is_looked_at() -> None:
    table = page((120, 120, 120))
    table[:60] = (200, 60, 40)
    assert picture.grey_copy(table, None).result == "passed"
    assert picture.grey_copy(table, Box(x=0, y=80, width=600, height=300)).result == "failed"


def test_a_page_too_small_is_not_assessed() -> None:
    assert picture.grey_copy(page((1, 2, 3)), Box(x=0, y=0, width=300, height=20)).result == "not_assessed"


def striped(strength: float, drift: float = 0.0) -> np.ndarray:
    """A page over which red, green and blue beat a third of a period apart, faster to the right where `drift` is."""
    down, across = np.mgrid[0:400, 0:600]
    phase = 0.9 * across + 0.1 * down + drift * across**2
    beat = [strength * np.sin(phase - 2 * np.pi * channel / 3) for channel in range(3)]
    return np.clip(page((160, 110, 90)) + np.stack(beat, axis=2), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("drift", [0.0, 0.0001])
def test_turning_colours_are_moire_and_their_absence_says_nothing(drift: float) -> None:
    found, none = picture.moire(striped(4.0, drift)), picture.moire(page((160, 110, 90)))
    assert (found.result, none.result) == ("failed", "not_assessed")
    assert none.value < none.limit <= found.value


@pytest.mark.parametrize("ink", [(1.0, 1.0, 1.0), (1.0, 0.2, -0.6), (0.0, 0.0, 1.0)])
def test_a_pattern_of_one_ink_is_print_and_no_moire(ink: tuple[float, float, float]) -> None:
    down, across = np.mgrid[0:400, 0:600]
    wave = 20 * np.sin(0.9 * across + 0.5 * down) + 20 * np.sin(0.6 * across - 0.8 * down)
    printed = np.clip(page((160, 110, 90)) * 0.8 + wave[..., None] * ink, 0, 255).astype(np.uint8)
    assert picture.moire(printed).result == "not_assessed"


def test_a_small_picture_cannot_show_moire() -> None:
    check = picture.moire(page((1, 2, 3))[:200])
    assert (check.result, check.value) == ("not_assessed", None)
