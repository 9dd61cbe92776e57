"""Training the presentation-attack network, on toys: what it is dealt, that it learns, where its threshold lies."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vision.liveness.net import SIDE, AttackNet
from vision.train import attack_pictures
from vision.train.attack import Config, centred, rows, scores, train
from vision.train.attack_pictures import LEARNED, PEOPLE, Part, Sample, deal, photographed


def toys(count: int, seed: int, truths: tuple[attack_pictures.Truth, ...] = ("live", "lcd")) -> list[Sample]:
    """Even faces, striped where they are attacks."""
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        views = rng.normal(rng.uniform(80, 180), 6, (6, SIDE, SIDE))
        truth = truths[number % len(truths)]
        if truth != "live":
            views[:, :, ::3] -= 40
        samples.append(Sample(np.clip(views, 0, 255).astype(np.uint8), truth, number))
    return samples


@pytest.fixture(scope="module")
def network() -> AttackNet:
    return train(toys(48, 1), Config(epochs=6, batch=12, rate=5e-3))


def test_it_learns_stripes(network: AttackNet) -> None:
    found = scores(network, toys(16, 2))
    live = np.array([sample.truth == "live" for sample in toys(16, 2)])
    assert found[live].min() > found[~live].max()


def test_the_threshold_lets_the_wanted_share_of_live_pictures_fall(network: AttackNet) -> None:
    validation = toys(40, 3)
    centred(network, validation, Config(false_rejections=0.1))
    live = scores(network, [sample for sample in validation if sample.truth == "live"])
    assert (live < 0.5).mean() == pytest.approx(0.1, abs=0.051)
    with torch.no_grad():
        network.last.bias += 100
    assert scores(network, validation).min() > 0.5
    with torch.no_grad():
        network.last.bias -= 100


def test_errors_are_counted_by_kind(network: AttackNet) -> None:
    found = {row.kind: row.rate for row in rows(network, toys(30, 4, ("live", "lcd", "oled")))}
    assert found["live (BPCER)"].of == found["oled, left out (APCER)"].of == found["lcd, learned (APCER)"].of == 10
    assert found["photo_paper, left out (APCER)"].of == 0


def test_people_and_kinds_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = [person for people in PEOPLE.values() for person in people]
    assert len(everybody) == len(set(everybody))
    one: dict[Part, range] = {"train": range(30_000, 30_001), "test": range(32_000, 32_001)}
    monkeypatch.setattr(attack_pictures, "PEOPLE", one)
    monkeypatch.setattr(attack_pictures, "SIZE", 240)
    learned, held_out = deal("train", 1, 1, tmp_path), deal("test", 1, 1, tmp_path)
    assert {sample.truth for sample in learned} <= {"live", *LEARNED}
    assert "live" in {sample.truth for sample in held_out}
    assert {sample.truth for sample in held_out} - {"live", *LEARNED}
    assert all(sample.views.shape == (6, SIDE, SIDE) for sample in (*learned, *held_out))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["30000-0.png", "32000-0.png"]
    again = deal("train", 1, 1, tmp_path)
    assert all(np.array_equal(a.views, b.views) for a, b in zip(learned, again, strict=True))


def test_the_camera_serves_both_classes_alike() -> None:
    flat = np.full((100, 80, 3), 128, np.uint8)
    taken = photographed(flat, np.random.default_rng(1))
    assert taken.shape[0] / taken.shape[1] == pytest.approx(1.25, abs=0.03)
    assert np.array_equal(taken, photographed(flat, np.random.default_rng(1)))
    assert cv2.Laplacian(taken, cv2.CV_32F).std() > 0
