"""What a similarity is worth is told for pairs like this one, with the pairs behind it, and never as nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_faces import band, face_bench

from tools.face_exhibits import worth
from vision.rates import FaceBench
from vision.types import FaceCount, FaceMatch, FacePair, Faces, ModelVersion, Quality

ONE = FaceCount(count=1, boxes=())


def compared(quality: float | None) -> FaceMatch:
    """A comparison whose worse face has this quality; None is no comparison."""
    best = Quality(score=1, sharpness=1, exposure=1, size=1)
    return FaceMatch(
        similarity=None if quality is None else 0.7,
        band=None if quality is None else "match",
        quality=None if quality is None else FacePair(left=best, right=best.model_copy(update={"score": quality})),
        faces=Faces(left=ONE, right=ONE),
        model=ModelVersion(name="fixed", sha256="ab" * 32),
        threshold=0.43,
    )


def told(rates: FaceBench, quality: float) -> dict[str, tuple[str, str]]:
    (exhibit,) = worth(rates, compared(quality), "selfie")
    assert (exhibit.kind, exhibit.of) == ("checks", "selfie")
    assert exhibit.title == "What the similarity of document and selfie is worth"
    return {row["name"]: (row["result"], row["meaning"]) for row in json.loads(exhibit.content)}


def test_the_rates_are_those_of_pairs_like_this_one() -> None:
    assert told(face_bench(), 0.6) == {
        "match threshold": ("0.43", "two faces this similar or more are taken for one person"),
        "quality of this pair": (
            "0.6",
            "that of the worse of the two faces; the rates below are of pairs from 0.5 to 0.8",
        ),
        "false match rate": (
            "up to 5.83%",
            "none of 62 pairs of two people reached the threshold; 5.83% is the upper end of the 95% interval",
        ),
        "false non-match rate": (
            "12.5%",
            "1 of 8 pairs of one person stayed below the threshold; 95% interval 2.24% to 47.1%",
        ),
    }


def test_a_quality_that_nobody_measured_is_said() -> None:
    for rates in (face_bench(), face_bench(qualities={})):
        found = told(rates, 0.3)
        assert found["false match rate"] == ("not measured", "no pairs of two people of this quality were measured")
        assert found["false non-match rate"] == ("not measured", "no pairs of one person of this quality were measured")
    half = told(face_bench(qualities={"0.25 to 0.5": band((0, 0), (1, 4))}), 0.3)
    assert half["false match rate"][0] == "not measured"
    assert half["false non-match rate"][0] == "25%"


@pytest.mark.parametrize(
    ("wrong", "of", "percent"), [(1, 200_000, "0.0005%"), (3, 3, "100%"), (1, 3, "33.3%"), (50, 100, "50%")]
)
def test_a_rate_is_told_with_the_digits_that_count(wrong: int, of: int, percent: str) -> None:
    rates = face_bench(qualities={"0.8 to 1": band((wrong, of), (0, 1))})
    assert told(rates, 1)["false match rate"][0] == percent


@given(st.integers(1, 200_000), st.data())
def test_no_rate_is_told_as_nothing(of: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, of) | st.just(0))
    result, meaning = told(face_bench(qualities={"0.8 to 1": band((wrong, of), (wrong, of))}), 0.9)["false match rate"]
    assert result.startswith("up to ") == (wrong == 0)
    assert float(result.removeprefix("up to ").removesuffix("%")) > 0
    assert "E" not in result
    assert f" of {of} pairs of two people" in meaning


def test_without_rates_or_without_a_similarity_there_is_nothing_to_tell() -> None:
    assert worth(None, compared(0.6), "selfie") == ()
    assert worth(face_bench(), compared(None), "clip") == ()
