from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from vision import decode, weights
from vision.forgery.net import opened
from vision.synth.deal import draw, plan_of, truth_of
from vision.synth.deck import (
    ALL_OUT,
    HELD_OUT,
    IN_DISTRIBUTION,
    LEARNED,
    LEARNED_INPAINTING,
    LEFT_OUT_OPERATOR,
    LEFT_OUT_PIPELINE,
    LEFT_OUT_TEMPLATE,
    MESSENGER,
    TRAIN,
    VALIDATION,
    Specimen,
)

pytestmark = pytest.mark.heavy

BENCHMARK = (
    IN_DISTRIBUTION, LEFT_OUT_OPERATOR, LEFT_OUT_TEMPLATE, LEFT_OUT_PIPELINE, ALL_OUT, MESSENGER, LEARNED_INPAINTING,
)  # fmt: skip
SMALL = replace(VALIDATION, heads=range(1000, 1002))
"""A rendered head is a CPU second: two are enough here."""


@pytest.fixture(scope="module")
def specimens() -> list[Specimen]:
    """Genuine pictures, edited ones, and photographs of screens and prints."""
    return [draw(SMALL, index) for index in range(9)]


def test_a_picture_is_the_same_whenever_it_is_asked_for(specimens: list[Specimen]) -> None:
    for index in (0, 2):
        assert draw(SMALL, index).data == specimens[index].data
    assert len({specimen.data for specimen in specimens}) == len(specimens)


def test_pictures_open_and_masks_have_their_shape(specimens: list[Specimen]) -> None:
    for specimen in specimens:
        picture = decode.still(specimen.data)
        if specimen.mask is not None:
            assert specimen.mask.shape == picture.rgb.shape[:2]
            assert 0 < specimen.mask.mean() < 0.3


def test_only_edited_pictures_have_a_mask_and_an_operator(specimens: list[Specimen]) -> None:
    for specimen in specimens:
        edited = specimen.truth == "edited"
        assert (specimen.mask is not None) == (specimen.operator is not None) == edited
        assert edited or specimen.concealment is None
        assert (specimen.medium != "paper") == (specimen.truth == "recaptured")
        assert (specimen.fabrication is not None) == (specimen.truth == "fabricated")


def test_the_history_of_a_picture_is_drawn_before_its_truth() -> None:
    """What was done to a picture beside the edit is the same, whatever truth the same index is given."""
    for index in range(40):
        plans = [plan_of(replace(TRAIN, truths={truth: 1.0}), index) for truth in ("genuine", "edited", "recaptured")]
        assert plans[0] == plans[1] == plans[2]


def test_saves_and_sizes_are_alike_for_genuine_and_edited_pictures() -> None:
    """The same index as a genuine and as an edited picture: as often saved, by the same codecs at the same qualities,
    into the same number of pixels unless the forger resampled."""
    recipe = replace(SMALL, operators=("erase",), concealments=("noise", "blur", "seam"))
    for index in range(3):
        genuine, edited = (draw(replace(recipe, truths={truth: 1.0}), index) for truth in ("genuine", "edited"))
        assert (genuine.save, genuine.resaves) == (edited.save, edited.resaves)
        assert (genuine.pipeline, genuine.benign, genuine.series) == (edited.pipeline, edited.benign, edited.series)
        first, second = decode.still(genuine.data), decode.still(edited.data)
        assert first.rgb.shape == second.rgb.shape
        assert first.quantisation == second.quantisation
        assert first.format == second.format


def test_truths_come_in_their_shares() -> None:
    counts = Counter(truth_of(TRAIN, index) for index in range(2000))
    for truth, share in TRAIN.truths.items():
        assert counts[truth] / 2000 == pytest.approx(share, abs=0.04)


def test_people_are_not_shared_between_training_validation_and_benchmark() -> None:
    people = [
        {plan_of(recipe, index).person for index in range(300)} | set(recipe.heads)
        for recipe in (TRAIN, VALIDATION, IN_DISTRIBUTION)
    ]
    for first, second in combinations(people, 2):
        assert not first & second
    assert all(recipe.heads == IN_DISTRIBUTION.heads for recipe in BENCHMARK)


def test_what_is_left_out_of_training_is_left_out_entirely() -> None:
    for recipe in (TRAIN, VALIDATION, IN_DISTRIBUTION):
        assert not set(recipe.operators) & set(HELD_OUT + LEARNED)
    assert not set(LEFT_OUT_OPERATOR.operators) & set(TRAIN.operators)
    assert not set(LEFT_OUT_TEMPLATE.series) & set(TRAIN.series)
    assert not set(LEFT_OUT_PIPELINE.pipelines) & set(TRAIN.pipelines)
    for part in ("operators", "series", "pipelines"):
        assert not set(getattr(ALL_OUT, part)) & set(getattr(TRAIN, part))


def test_what_a_network_fills_is_in_a_set_of_its_own_that_differs_in_nothing_else() -> None:
    named = replace(IN_DISTRIBUTION, name=LEARNED_INPAINTING.name, seed=LEARNED_INPAINTING.seed)
    assert named.only("inpaint") == LEARNED_INPAINTING
    assert not any("inpaint" in recipe.operators for recipe in BENCHMARK if recipe is not LEARNED_INPAINTING)


def test_the_order_of_trained_operators_is_that_of_the_shipped_network() -> None:
    net, _ = opened(weights.find("forgery"))
    assert net.shape.operators == TRAIN.operators


def test_every_picture_of_the_messenger_set_went_through_one_at_last() -> None:
    last = Counter(plan_of(MESSENGER, index).resaves[-1].manner for index in range(200))
    assert set(last) == {"messenger", "heavy_messenger"}
    trained = Counter(step.manner for index in range(400) for step in plan_of(TRAIN, index).resaves)
    assert (trained["messenger"] + trained["heavy_messenger"]) / trained.total() < 0.2


def test_operators_can_be_taken_out_and_singled_out() -> None:
    assert "text" not in TRAIN.without("text", "digit").operators
    assert len(TRAIN.without("text", "digit").operators) == len(TRAIN.operators) - 2
    only = replace(SMALL, truths={"edited": 1.0}).only("barcode")
    assert only.operators == ("barcode",)
    assert draw(only, 0).operator == "barcode"


def test_recipes_have_names_and_seeds_of_their_own() -> None:
    recipes = (TRAIN, VALIDATION, *BENCHMARK)
    assert len({recipe.name for recipe in recipes}) == len({recipe.seed for recipe in recipes}) == len(recipes)
