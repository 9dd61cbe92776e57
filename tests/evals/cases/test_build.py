"""Splits on disk: the same every time, complete or built again, and told apart part by part."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from agent.case import Case
from evals.cases import FOLDER, read
from evals.cases.build import complete, make, verified
from evals.cases.hashes import hashes
from evals.cases.splits import split
from evals.world.build import write_lines
from evals.world.papers import Papers
from evals.world.pictures import Sitting, draw_once
from evals.world.stage import play
from tools.tool import Attachment

pytestmark = pytest.mark.heavy


def states(split, home):
    return {part.name: part.same for part in verified(split, home / FOLDER / split.name)}


def sitting(*companions: str) -> Sitting:
    papers = Papers(
        surname="Iyer", given="Anil", birth=date(1986, 3, 4), sex="M", nationality="IND", number="C12345678",
        kind="passport", template=7, issued=date(2024, 1, 2), expires=date(2034, 1, 2), portrait_face=1000,
        selfie_face=1000, seed=5, capture="scan",
    )  # fmt: skip
    return Sitting("C-1", papers, 1000, date(2026, 6, 1), companions)


def test_equal_seeds_make_equal_hashes(home, small, tmp_path):
    assert make(small, tmp_path / "again", images=False)
    assert states(small, tmp_path / "again") == dict.fromkeys(("cases", "labels", "rows", "pictures"), True)


def test_a_split_that_is_complete_is_not_made_again(home, small):
    assert complete(small, home / FOLDER / "small", images=False)
    assert not make(small, home, images=False)
    assert not complete(small, home / FOLDER / "small", images=True)


def test_a_split_that_lost_a_file_is_made_again(home, small):
    (home / FOLDER / "small/warehouse.duckdb").unlink()
    assert make(small, home, images=False)
    assert all(states(small, home).values())
    assert sorted(path.name for path in (home / FOLDER).iterdir()) == ["shut", "small"]


def test_another_seed_and_a_changed_label_are_told_apart(home, small, tmp_path):
    make(small.model_copy(update={"seed": 8}), tmp_path / "other", images=False)
    assert states(small, tmp_path / "other") == {"cases": False, "labels": False, "rows": False, "pictures": True}
    labels = home / FOLDER / "small/labels.jsonl"
    labels.write_text(labels.read_text().replace('"is_fraud":true', '"is_fraud":false', 1))
    assert states(small, home) == {"cases": True, "labels": False, "rows": True, "pictures": True}
    assert make(small, home, images=False)
    assert all(states(small, home).values())


def test_a_changed_row_is_found_and_one_measured_in_a_picture_belongs_to_the_pictures(home, small):
    folder = home / FOLDER / "small"
    picture = folder / "files/document.jpg"
    picture.write_bytes(b"a document")
    given, _ = read(folder)
    attached = (Attachment(role="document", path="files/document.jpg", sha256="0" * 64),)
    write_lines(folder / "cases.jsonl", [_with(given[0], attached), *given[1:]])
    pictured = small.model_copy(update={"sha256": hashes(folder, read(folder)[0])})
    assert pictured.sha256.pictures
    assert pictured.sha256.cases == small.sha256.cases
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE kyc_submissions SET portrait_hash = 7")
    assert states(pictured, home) == {"cases": True, "labels": True, "rows": True, "pictures": False}
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE deposits SET amount_usd = amount_usd + 0.01")
    assert states(pictured, home) == {"cases": True, "labels": True, "rows": False, "pictures": False}


def test_pictures_of_another_processor_are_known_too(home, small):
    (home / FOLDER / "small/files/document.jpg").write_bytes(b"a document")
    given, _ = read(home / FOLDER / "small")
    attached = (Attachment(role="document", path="files/document.jpg", sha256="0" * 64),)
    write_lines(home / FOLDER / "small/cases.jsonl", [_with(given[0], attached), *given[1:]])
    assert not states(small, home)["pictures"]
    found = hashes(home / FOLDER / "small", read(home / FOLDER / "small")[0]).pictures
    assert states(small.model_copy(update={"other_pictures": ("0" * 64, found)}), home)["pictures"]


def _with(case: Case, attachments: tuple[Attachment, ...]) -> Case:
    return case.model_copy(update={"attachments": attachments, "source": "."})


def test_a_picture_that_is_finished_is_not_drawn_again_and_a_broken_off_one_is(tmp_path):
    drawn = draw_once(tmp_path, sitting("U77"))
    [kept] = tmp_path.iterdir()
    assert draw_once(tmp_path, sitting("U77")) == drawn
    kept.write_text(kept.read_text().replace(f'"image_hash":{drawn.image_hash}', '"image_hash":5'))
    assert draw_once(tmp_path, sitting("U77")) == replace(drawn, image_hash=5)
    kept.rename(kept.with_suffix(".making"))
    assert draw_once(tmp_path, sitting("U77")) == drawn
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


@pytest.mark.slow
def test_a_build_with_pictures_leaves_nothing_beside_the_split(small, tmp_path):
    assert make(small, tmp_path)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["small"]
    given, _ = read(tmp_path / FOLDER / "small")
    assert hashes(tmp_path / FOLDER / "small", given).pictures
    shutil.rmtree(tmp_path / FOLDER / "small/files")
    assert sum(bool(case.attachments) for case in given) == sum(
        played.papers.attached for played in play(small.seed, small.customers, small.cases, small.stratum).cases
    )


def test_the_frozen_hashes_are_those_of_what_is_built_today(tmp_path):
    dev = split("dev")
    make(dev, tmp_path, images=False)
    assert states(dev, tmp_path) == {"cases": True, "labels": True, "rows": True, "pictures": False}
