from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from vision import image
from vision.forgery import ForgeryModel
from vision.synth.capture import capture
from vision.train import forgery
from vision.train.forgery import Config, exported, train
from vision.train.forgery_cards import Deck, Sample, dealt, page, part_of, share_edited
from vision.train.forgery_scores import auc, interval, row
from vision.trees import Trees

# Four cards: one to train on, two to calibrate, one to test.
TOY = Deck(seed=4, cards=4, parts={"train": 0.4, "val": 0.25, "test": 0.2, "unseen": 0.15}, drawn_heads=1, messenger=1)


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return list(dealt(TOY, tmp_path_factory.mktemp("cards")))


def test_exported_trees_say_what_the_fitted_model_says() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2000, 6)).astype(np.float32)
    labels = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.3).astype(int)
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=15, random_state=0).fit(rows, labels)
    trees = exported(model)
    assert np.allclose(trees.logit(rows), model.decision_function(rows), atol=1e-4)
    again = Trees.of("a", trees.arrays("a"))
    assert np.array_equal(again.logit(rows), trees.logit(rows))


def test_cards_are_the_same_each_time_and_unseen_series_are_nobody_elses() -> None:
    parts = [part_of(card, TOY) for card in range(200)]
    assert {name: parts.count(name) > 10 for name in TOY.parts} == dict.fromkeys(TOY.parts, True)
    assert parts == [part_of(card, TOY) for card in range(200)]
    assert page(4, "test", TOY).issue.template < TOY.series
    assert page(4, "unseen", TOY).issue.template >= 1000
    assert np.array_equal(page(4, "test", TOY).rgb, page(4, "test", TOY).rgb)


def test_a_mask_becomes_shares_of_windows() -> None:
    mask = np.zeros((160, 160), bool)
    assert share_edited(mask, (10, 10)).max() == 0
    mask[:, :80] = True
    shares = share_edited(mask, (10, 10))
    assert shares[:, 0].min() == 1
    assert shares[:, -1].max() == 0


def test_samples_carry_labels_that_fit_their_features(pool: list[Sample]) -> None:
    assert {one.role for one in pool} == {"genuine", "forged", "recaptured"}
    for one in pool:
        assert one.values.shape[:2] == one.edited.shape
        assert np.isfinite(one.values.astype(np.float32)).all()
        assert (one.operator is not None) == (one.role == "forged")
        assert (one.edited > 0).any() == (one.role == "forged")


def test_the_cache_gives_back_what_was_made(pool: list[Sample], tmp_path: Path) -> None:
    small = Deck(seed=3, cards=1, drawn_heads=1.0)
    made, read = list(dealt(small, tmp_path)), list(dealt(small, tmp_path))
    assert [(one.part, one.role, one.operator, one.kind, one.sent) for one in made] == [
        (one.part, one.role, one.operator, one.kind, one.sent) for one in read
    ]
    assert all(np.array_equal(first.values, second.values) for first, second in zip(made, read, strict=True))


def test_a_toy_run_writes_weights_that_load_and_judge(pool: list[Sample], tmp_path: Path) -> None:
    config = Config(deck=TOY, trees=12, picture_trees=8, first_trees=4, bootstrap=20)
    lines = train(pool, config, tmp_path / "toy.safetensors")
    assert any(line.startswith("| in distribution") for line in lines)
    assert (tmp_path / "toy.safetensors").stat().st_size < 2_000_000
    model = ForgeryModel(tmp_path / "toy.safetensors")
    report = model.inspect(capture(page(0, "test", TOY).rgb, "scan", 1))
    assert report.verdict in ("genuine", "forged")
    assert report.score is not None


def test_areas_and_intervals_know_the_easy_cases() -> None:
    clean, edited = np.zeros(30, np.float32), np.ones(30, np.float32)
    assert auc(clean, edited) == 1
    assert auc(edited, clean) == 0
    area, low, high = interval(clean, edited, draws=50)
    assert (area, low, high) == (1, 1, 1)


def test_a_row_counts_alarms_and_catches_at_its_threshold() -> None:
    clean, edited = np.array([0, 1, 2, 3], np.float32), np.array([1, 2, 3, 4, 5], np.float32)
    found = row("some", clean, edited, line=3.0, draws=20)
    assert (found.alarms, found.caught) == (0.25, 0.6)
    assert found.auc[1] <= found.auc[0] <= found.auc[2]
    assert str(found).startswith("| some | 4 / 5 | 0.")


def test_the_command_line_asks_where_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        forgery.main(["--cards", "1"])
    assert "--out" in capsys.readouterr().err


def test_a_capture_is_what_the_detector_is_given() -> None:
    assert image.load(capture(page(1, "train", TOY).rgb, "phone", 2)).quantisation
