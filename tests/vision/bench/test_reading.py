"""The bench of reading: the same captures every time, scored against what is printed on them."""

from datetime import date
from typing import get_args

import pytest

from vision import decode
from vision.bench.reading import Way, _plain, captured, measure
from vision.errors import BenchError
from vision.types import DocumentReading, ModelVersion, Quality, ReadField

pytestmark = pytest.mark.heavy

TODAY = date(2026, 11, 1)


def reading(*fields: ReadField) -> DocumentReading:
    return DocumentReading(
        type="unknown",
        country="",
        fields=fields,
        mrz=None,
        name="",
        number="",
        birth_date=None,
        expiry_date=None,
        name_mrz_visual="absent",
        birth_date_mrz_visual="absent",
        number_mrz_visual="absent",
        expiry_mrz_visual="absent",
        quality=Quality(score=1, sharpness=1, exposure=1, size=1),
        readable=False,
        model=ModelVersion(name="none", sha256=""),
    )


def test_a_capture_is_rebuilt_byte_for_byte() -> None:
    first, page = captured("messenger", 3, TODAY)
    again, _ = captured("messenger", 3, TODAY)
    other, _ = captured("messenger", 4, TODAY)
    assert first == again != other
    assert page.issue.issued < TODAY < page.issue.expires


def test_a_small_capture_is_small_and_a_turned_one_stands() -> None:
    small = decode.still(captured("small", 0, TODAY)[0]).rgb
    assert 690 <= max(small.shape) <= 860
    assert decode.still(captured("tilted", 1, TODAY)[0]).rgb.ndim == 3


def test_what_is_not_read_counts_as_missed_and_whole_pages_stand_beside_it() -> None:
    said = reading(ReadField(name="nationality", text="UTO", source="visual"))
    told: list[tuple[str, int, int]] = []
    figures = measure(lambda _: said, 1, TODAY, lambda _: ("", "P<UTO"), lambda *step: told.append(step))
    assert told[-1] == ("captures", 9, 9)
    assert figures.whole is not None
    assert (figures.whole.pages, figures.whole.lines.value) == (9, 0.0)
    assert figures.whole.lines.of == figures.all.lines.of
    assert figures.whole.times == pytest.approx(figures.whole.whole_cpu_s / figures.whole.cpu_s)
    assert set(figures.ways) == set(get_args(Way))
    assert (figures.all.pages, figures.all.fields.of) == (9, 72)
    assert figures.all.fields.value == pytest.approx(9 / 72)
    assert "nationality" not in figures.missed
    assert figures.missed["surname"] == 9
    assert figures.all.lines.value == 0.0
    assert figures.all.lines.of > figures.all.zones.of > 0
    assert figures.all.cpu_s <= figures.all.slowest_s < 0.1


def test_accents_and_capitals_are_told_apart_from_other_misses() -> None:
    assert _plain("Szczepañska") == _plain("SZCZEPAŃSKA") != _plain("SZCZEPAISKA")


@pytest.mark.slow
def test_the_package_of_the_models_reads_a_whole_page() -> None:
    from vision.bench.whole_page import reader

    data, page = captured("scan", 0, TODAY)
    assert page.holder.number in reader()(data)


def test_no_captures_are_refused() -> None:
    with pytest.raises(BenchError, match="ask for at least one"):
        measure(lambda data: reading(), 0, TODAY)


@pytest.mark.slow
def test_the_reader_in_use_keeps_its_floor() -> None:
    """Below what was measured with 10 captures of each way, so that a loss shows and chance does not."""
    from vision.document.reader import DocumentReader

    figures = measure(DocumentReader(threads=1, today=TODAY).read, 4, TODAY)
    assert figures.all.fields.value > 0.93
    assert figures.all.lines.value > 0.96
