from __future__ import annotations

import numpy as np
import torch
from pictures import grainy

from vision.forgery.views import FINE, Coefficients, Residuals, noise_level
from vision.image import decode
from vision.synth.resave import Save, encode


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def test_residuals_see_neither_a_flat_field_nor_a_ramp() -> None:
    ramp = np.broadcast_to((np.arange(48) * 3)[None, :, None], (32, 48, 3)).astype(np.uint8)
    found = Residuals()(tensor(ramp))
    assert found.shape == (1, Residuals.CHANNELS, 32, 48)
    assert found[..., 4:-4, 4:-4].abs().max() < 1e-3


def test_noise_is_measured_in_proportion_and_print_does_not_move_it() -> None:
    quiet, loud = (noise_level(grainy((256, 320), sigma)) - 0.1 for sigma in (3.0, 6.0))
    assert np.allclose(loud / quiet, 2, rtol=0.15)
    printed = grainy((256, 320), 3.0)
    printed[::32] = 0
    assert np.allclose(noise_level(printed) - 0.1, quiet, rtol=0.25)


def test_coefficients_of_a_saved_picture_are_whole_steps_of_its_table() -> None:
    picture = decode(encode(grainy((64, 64), 12.0), Save("jpeg", 70, 0)))
    steps = torch.tensor([picture.quantisation[0]], dtype=torch.float32)
    told, guessed = (Coefficients()(tensor(picture.rgb), table) for table in (steps, steps * 1.37))
    assert told.shape == (1, Coefficients.CHANNELS, 8, 8)
    # A low frequency of a saved picture lies on nought or one of the multiples, unless it is larger than they are.
    assert told[:, 128:].sum() > 1.5 * guessed[:, 128:].sum() > 0
    assert Coefficients.CHANNELS == 128 + 4 * FINE


def test_the_low_frequencies_stand_in_zigzag_order() -> None:
    assert Coefficients().fine.tolist()[:5] == [1, 8, 16, 9, 2]
