import numpy as np
import pytest

from vision import decode
from vision.forgery.joint import SHARE, JointForgery
from vision.train.forgery_joint import Said, fitted, main, told, upload

pytestmark = pytest.mark.heavy


def _seen(count: int = 100, apart: float = 3.0) -> list[Said]:
    rng = np.random.default_rng(5)
    drawn = rng.normal(size=(2 * count, 2))
    return [Said(index % 2 == 1, *(apart * (index % 2) + value for value in pair)) for index, pair in enumerate(drawn)]


def test_an_upload_is_the_same_whenever_it_is_asked_for_and_every_second_one_is_edited() -> None:
    first, second = upload(0), upload(1)
    assert first == upload(0)
    assert (first.edited, second.edited) == (False, True)
    assert decode.still(first.data).rgb.shape[2] == 3
    assert upload(0, seed=12) != first


def test_two_in_a_hundred_genuine_pictures_reach_the_line() -> None:
    seen = _seen()
    line = fitted(seen)
    genuine, edited = (
        [line.probability(one.trees + SHARE * one.network) for one in seen if one.edited is kind]
        for kind in (False, True)
    )
    assert np.mean(np.array(genuine) >= line.forged) == pytest.approx(0.02, abs=0.011)
    assert np.mean(edited) > 0.9
    assert line.slope > 0


def test_either_witness_and_both_are_told() -> None:
    lines = list(told(_seen()))
    assert [line.partition(":")[0] for line in lines[1:]] == ["trees", "network", "both"]
    assert lines[0] == repr(fitted(_seen()))
    assert all("100 genuine, 100 edited, area 0.9" in line for line in lines[1:])


def test_the_command_draws_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--count", "4"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Line(slope=")
    assert "2 genuine, 2 edited" in printed[3]
    assert JointForgery.joined(1.0, 1.0) == 1 + SHARE
