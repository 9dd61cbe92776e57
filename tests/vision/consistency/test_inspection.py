"""The whole of it on a drawn page: what is read is compared, what was planted is found, nothing else is accused."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image

from vision.bench.planted import TODAY, relettered
from vision.consistency import inspection
from vision.consistency.report import ConsistencyReport, Result, check_rows
from vision.errors import BadImage
from vision.synth.documents import Holder, Issue, Rendered, greyed, printed, render
from vision.synth.portraits import stand_in
from vision.types import Box, DocumentReading, ReadField

Make = Callable[..., DocumentReading]


@pytest.fixture(scope="module")
def page() -> Rendered:
    holder = Holder("NOVAK", "ANNA", date(1980, 2, 3), "F", "UTO", "AB1904567")
    return render(holder, Issue("passport", 3, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)


def held(page: Rendered, reading: Make, turn: int = 0, **changes: object) -> ConsistencyReport:
    """The report on a scan of the page, with the fields where they were drawn, the picture handed in turned."""
    fields = tuple(
        ReadField(name=name, text=text, source="visual", box=_wider(page.boxes[name]))
        for name, text in printed(page.holder, page.issue).items()
    )
    usual = {"fields": fields, "turn": turn, "expiry_date": page.issue.expires, "birth_date": page.holder.birth_date}
    buffer = io.BytesIO()
    Image.fromarray(np.rot90(page.rgb, turn // 90)).save(buffer, "JPEG", quality=95)
    return inspection.inspect(buffer.getvalue(), reading(**(usual | changes)), TODAY)


def _wider(box: Box) -> Box:
    return Box(x=box.x - 4, y=box.y - 4, width=box.width + 8, height=box.height + 8)


def results(report: ConsistencyReport) -> dict[str, Result]:
    return {check.name: check.result for check in report.checks}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_sound_page_is_accused_of_nothing_whichever_way_up_it_lies(page: Rendered, reading: Make, turn: int) -> None:
    assert results(held(page, reading, turn)) == {
        "number_checksum": "not_assessed",
        "number_holder": "not_assessed",
        "specimen": "passed",
        "validity": "passed",
        "font_break": "passed",
        "grey_copy": "passed",
        "moire": "not_assessed",
    }


def test_a_copy_without_colour_and_a_field_set_anew_are_found(page: Rendered, reading: Make) -> None:
    assert held(replace(page, rgb=greyed(page.rgb)), reading).result("grey_copy") == "failed"
    lowered = held(replace(page, rgb=relettered(page, "number", "baseline")), reading)
    check = next(check for check in lowered.checks if check.name == "font_break")
    assert (check.result, check.box) == ("failed", _wider(page.boxes["number"]))


def test_without_fields_the_whole_picture_is_judged_and_the_letters_are_not(page: Rendered, reading: Make) -> None:
    report = held(page, reading, fields=())
    assert (report.result("font_break"), report.result("grey_copy")) == ("not_assessed", "passed")
    assert report.crosschecks == ()


def test_the_rows_for_a_terminal_put_last_what_could_not_be_checked(page: Rendered, reading: Make) -> None:
    barcode = ReadField(name="number", text="ZZ7654321", source="barcode")
    fields = (ReadField(name="number", text="AB1904567", source="visual"), barcode)
    told = check_rows(held(page, reading, fields=fields))
    assert told[0] == ("number mismatch", "visual: AB1904567 | barcode: ZZ7654321")
    names = [name for name, _ in told]
    assert names.index("specimen passed") < names.index("number checksum not assessed")
    assert any("limit 8.5" in text for _, text in told)


def test_what_is_no_picture_is_refused(reading: Make) -> None:
    with pytest.raises(BadImage):
        inspection.inspect(b"no picture", reading(), TODAY)
