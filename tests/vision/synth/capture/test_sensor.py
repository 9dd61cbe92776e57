from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from vision.synth.capture import take
from vision.synth.capture.sensor import DEVICES, Device, Pipeline, expose, first_save

GREY = np.full((160, 200, 3), 128, np.float32)


def grain(device: Device, seed: int = 1) -> float:
    return float(expose(GREY, device, np.random.default_rng(seed))[8:-8, 8:-8].std(axis=(0, 1)).mean())


def test_every_pipeline_has_a_device() -> None:
    assert set(DEVICES) == set(get_args(Pipeline))


@pytest.mark.parametrize("pipeline", get_args(Pipeline))
def test_a_device_delivers_the_size_it_says_and_always_the_same(pipeline: Pipeline) -> None:
    page, device = np.full((210, 300, 3), 200, np.uint8), DEVICES[pipeline]
    first, again = (take(page, device, "paper", np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.rgb, again.rgb)
    assert first.rgb.shape[1::-1] == first.pose.size
    assert 0.9 * device.scale[0] < first.rgb.shape[1] / 300 < 1.25 * device.scale[1]


def test_more_gain_is_more_noise_and_denoising_takes_some_away() -> None:
    plain = replace(DEVICES["phone"], denoise=("none",), sharpen=(0.0, 0.0), contrast=(1.0, 1.0))
    quiet, loud = replace(plain, gain=(1e-4, 1e-4)), replace(plain, gain=(4e-3, 4e-3))
    assert grain(quiet) < grain(loud)
    for way in ("coring", "chroma", "median", "bilateral"):
        assert grain(replace(loud, denoise=(way,))) < grain(loud)


def test_sharpening_and_contrast_do_what_they_say() -> None:
    plain = replace(DEVICES["scan"], gain=(1e-6, 1e-6), floor=(1e-6, 1e-6), sharpen=(0.0, 0.0), contrast=(1.0, 1.0))
    edge = np.repeat(np.linspace(90, 160, 200)[None, :, None], 60, 0).repeat(3, 2).astype(np.float32)
    edge[:, 100:] += 40
    swing = {
        name: float(np.ptp(expose(edge, device, np.random.default_rng(0)).astype(float)[30, 60:140, 1]))
        for name, device in {
            "plain": plain,
            "sharp": replace(plain, sharpen=(1.5, 1.5)),
            "steep": replace(plain, contrast=(1.4, 1.4)),
        }.items()
    }
    assert swing["plain"] < min(swing["sharp"], swing["steep"])


def test_only_webcams_save_as_webp() -> None:
    codecs = {
        name: {first_save(device, np.random.default_rng(seed)).codec for seed in range(20)}
        for name, device in DEVICES.items()
    }
    assert {name for name, found in codecs.items() if "webp" in found} == {"webcam"}
