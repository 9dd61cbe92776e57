"""The bench of bad input: the same files from the same seed, every outcome counted once."""

import json
import random

import pytest
from typer.testing import CliRunner

from vision import decode, liveness, video
from vision.bench import badinput, mutate
from vision.bench.badclips import absurd_clips, clip_seeds, recorded
from vision.bench.badinput import BadInput, Taken, files, measure, outcome
from vision.bench.badpictures import absurd_pictures, picture_seeds
from vision.cli.bench import app
from vision.decode import Limits

pytestmark = pytest.mark.heavy


def test_files_come_from_their_seed_and_those_made_by_hand_first() -> None:
    first, again, other = ([*files(140, seed)] for seed in (1, 1, 2))
    assert [kind for one, two in zip(first, again, strict=True) if one != two for kind in {one[0], two[0]}] == []
    by_hand = sum(kind.startswith("by hand") for kind, _ in first)
    assert 90 < by_hand < 140
    assert all(one == two for one, two in zip(first[:by_hand], other[:by_hand], strict=True))
    assert any(one != two for one, two in zip(first[by_hand:], other[by_hand:], strict=True))


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("mutation", [mutate.blindly, mutate.torn, mutate.swapped, mutate.fields, mutate.chunks])
def test_damage_changes_a_file_and_is_repeatable(name: str, mutation) -> None:
    data = picture_seeds()[name]
    damaged = [mutation(data, random.Random(seed)) for seed in range(10)]
    assert damaged == [mutation(data, random.Random(seed)) for seed in range(10)]
    assert sum(each != data for each in damaged) >= 8


def test_chunks_keep_their_checksums() -> None:
    data = picture_seeds()["png"]
    assert mutate.png(mutate.png_chunks(data)) == data


def test_good_files_are_decoded() -> None:
    assert {outcome(data)[0] for data in [*picture_seeds().values(), *clip_seeds().values()]} == {"decoded"}


def test_recorded_clips_last_as_long_as_they_should() -> None:
    clip = decode.clip(recorded("mp4", "mpeg4", "yuv420p", count=50, rate=50))
    assert clip.duration == pytest.approx(1.0)
    assert len(absurd_clips()) >= 25


def test_a_file_that_is_stopped_is_counted_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(decode.LIMITS, "still", Limits(0.8, 0.02, 10**9))
    assert outcome(absurd_pictures()["jpeg padding"])[0] == "stopped"
    monkeypatch.setitem(decode.LIMITS, "still", Limits(0.8, 8.0, 10))
    assert outcome(picture_seeds()["jpeg"])[0] == "died"


def test_a_clip_that_is_decoded_and_breaks_its_traces_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(clip: video.Clip) -> None:
        raise ValueError(len(clip.times))

    data = absurd_clips()["clip two frames"]
    assert outcome(data)[0] == "decoded"
    monkeypatch.setattr(liveness, "traces", broken)
    assert outcome(data)[0] == "ValueError"


@pytest.mark.filterwarnings("error")
def test_the_smallest_clips_have_no_traces_that_cannot_be_measured() -> None:
    for name in ("clip smallest", "clip a strip"):
        assert isinstance(liveness.traces(video.decode(absurd_clips()[name])), tuple)


def test_every_outcome_is_counted_once() -> None:
    figures = measure(20)
    assert figures.all.files == 20 == sum(each.files for each in figures.kinds.values())
    taken = figures.all
    assert taken.decoded + taken.refused + taken.stopped + taken.died + sum(taken.others.values()) == 20


def test_the_command_prints_json_or_a_table() -> None:
    said = CliRunner().invoke(app, ["bad-input", "-n", "3", "--json"])
    assert said.exit_code == 0, said.output
    assert BadInput.model_validate(json.loads(said.stdout)).all.files == 3
    shown = CliRunner().invoke(app, ["bad-input", "-n", "3"], env={"COLUMNS": "160"}).stdout
    assert "by hand, jpeg" in " ".join(shown.split())


def test_a_time_is_not_cut_on_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Taken(files=10_000, decoded=2567, refused=7429, stopped=4, died=0, others={}, over_1_s=0, slowest_ms=926.4)
    monkeypatch.setattr(badinput, "measure", lambda count, seed: BadInput(all=taken, kinds={"by hand, other": taken}))
    shown = CliRunner().invoke(app, ["bad-input"], env={"COLUMNS": "80"}).stdout
    assert shown.count("926.4") == 2
    assert "…" not in shown
