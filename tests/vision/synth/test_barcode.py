"""Barcodes on pages, read back by another part of the library that wrote them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import zxingcpp

from vision.synth.barcode import aamva
from vision.synth.capture import capture
from vision.synth.documents import Faults, Holder, Issue, Rendered, encoded, render
from vision.synth.portraits import stand_in
from vision.synth.resave import decode
from vision.synth.template import SERIES, template

LICENCE = next(Issue(*one, date(2021, 2, 3), date(2031, 2, 2)) for one in SERIES["common"]
               if template(*one).barcode_kind == "pdf417")  # fmt: skip
CARD = next(Issue(*one, date(2021, 2, 3), date(2031, 2, 2)) for one in SERIES["common"]
            if template(*one).barcode_kind == "qr")  # fmt: skip


def read(rgb: np.ndarray) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(rgb, text_mode=zxingcpp.TextMode.Plain)]


def page(holder: Holder, issue: Issue, faults: Faults = Faults()) -> Rendered:  # noqa: B008 - frozen
    return render(holder, issue, stand_in(3), seed=2, faults=faults)


@pytest.mark.parametrize("issue", [LICENCE, CARD], ids=["pdf417", "qr"])
def test_a_barcode_reads_back_from_its_box_and_from_a_capture(holder: Holder, issue: Issue) -> None:
    drawn = page(holder, issue)
    box = drawn.boxes["barcode"]
    window = drawn.rgb[box.y : box.y + box.height, box.x : box.x + box.width]
    assert read(window) == [drawn.barcode] == [encoded(holder, issue)]
    assert (window[[0, -1]] > 240).all()
    assert read(decode(capture(drawn.rgb, "scan", 5))) == [drawn.barcode]


def test_a_barcode_may_be_another_holders(holder: Holder) -> None:
    other = replace(holder, surname="Brandt", number="ZZ0000000")
    wrong = page(holder, LICENCE, Faults(barcode=other))
    assert wrong.barcode == encoded(other, LICENCE)
    assert "DCSBRANDT" in read(wrong.rgb)[0]
    right = page(holder, LICENCE)
    changed = (right.rgb != wrong.rgb).any(axis=2)
    for box in (right.boxes["barcode"], wrong.boxes["barcode"]):
        changed[box.y : box.y + box.height, box.x : box.x + box.width] = False
    assert not changed.any()


def test_an_identity_card_repeats_its_zone(holder: Holder) -> None:
    drawn = page(holder, CARD)
    assert drawn.barcode == "\n".join(drawn.lines)
    assert page(holder, CARD, Faults(checks=("number",))).barcode == drawn.barcode


def test_a_series_without_a_barcode_has_none(passport: Rendered) -> None:
    assert passport.barcode == ""
    assert "barcode" not in passport.boxes


def test_the_header_says_where_the_fields_begin_and_end() -> None:
    days = {"birth_date": date(1987, 6, 5), "issued": date(2021, 2, 3), "expires": date(2031, 2, 2)}
    text = aamva(surname="Öz", given_names="Ann", sex="F", number="X4RT7781K", country="UTO", **days)
    raw = text.encode()
    assert text.startswith("@\n\x1e\rANSI 6369991000")
    start, length = int(text[23:27]), int(text[27:31])
    assert raw[start:].startswith(b"DLDAQX4RT7781K\n")
    assert start + length == len(raw)
    fields = {line[:3]: line[3:] for line in text[start + 2 :].split("\n")}
    assert fields["DCS"] == "ÖZ"
    assert (fields["DBB"], fields["DBD"], fields["DBA"]) == ("06051987", "02032021", "02022031")
    assert (fields["DBC"], fields["DCG"]) == ("2", "UTO\r")
