"""Whatever bytes a file of cases holds, its entries come with their lines, or what is wrong with them does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.intake.lines import BROKEN, Fault, Read, entries

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | some.floats(allow_nan=False, allow_infinity=False),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = some.lists(some.dictionaries(some.text(), VALUES, max_size=3), max_size=4)


def faults(content: bytes) -> list[tuple[int, int, str]]:
    return [(each.line, each.entry, each.what) for each in entries(content) if isinstance(each, Fault)]


@given(some.binary() | some.text().map(str.encode) | some.text('[]{}":,\\u0 \n\ttrue1.e-N').map(str.encode))
def test_any_bytes_give_values_and_faults_in_order(content: bytes) -> None:
    found = list(entries(content))
    assert [each.entry for each in found] == list(range(1, len(found) + 1)) or isinstance(found[-1], Fault)
    assert all(1 <= each.line <= content.count(b"\n") + 1 for each in found)


@given(OBJECTS, some.sampled_from(["\n", "\r\n", "\n\n  \n"]), some.booleans(), some.booleans())
def test_lines_read_back(values: list[Any], end: str, bom: bool, ascii_alone: bool) -> None:
    text = "".join(json.dumps(value, ensure_ascii=ascii_alone) + end for value in values)
    try:
        content = text.encode("utf-8-sig" if bom else "utf-8")
    except UnicodeEncodeError:
        return
    found = list(entries(content))
    assert [each.value for each in found if isinstance(each, Read)] == values
    assert [each.line for each in found] == [1 + place * end.count("\n") for place in range(len(values))]


@given(OBJECTS, some.sampled_from([None, 0, 2]))
def test_an_array_reads_back(values: list[Any], indent: int | None) -> None:
    content = json.dumps(values, indent=indent).encode()
    assert [each.value for each in entries(content) if isinstance(each, Read)] == values
    assert faults(content) == []


def test_entries_of_an_array_know_the_line_they_begin_on() -> None:
    content = b'\n [ {"a": 1},\n\n  {"a":\n 2}, {}\n]\n'
    assert [(each.line, each.entry) for each in entries(content)] == [(2, 1), (4, 2), (5, 3)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a": 1}\n {"a": \n{"a": 2}', (2, 2, "is not JSON: it breaks at line 2, column 7")),
        (b'{"a": 1}\n\n{"a": "\xff"}', (3, 1, "is not UTF-8 text")),
        (b'{"a": 1} {"a": 2}', (1, 1, "continues after its JSON has ended: write one case per line")),
        (b'{"a": 1, "a": 2}', (1, 1, "names a field twice")),
        (b'{"a": NaN}', (1, 1, "contains NaN or Infinity, which are not JSON")),
        (b'{"a": ' + b"9" * 5000 + b"}", (1, 1, "holds a number with too many digits")),
        (b'{"a": ' + b"[" * 100_000, (1, 1, "is nested too deep")),
        (b'[\n{"a":\n1}\n{"a": 2}]', (3, 2, BROKEN)),
        (b'[{"a": 1},\n]', (1, 2, BROKEN)),
        (b'[{"a": 1}', (1, 2, BROKEN)),
        (b'[{"a": 1},\n{"a"\n:}]', (2, 2, "is not JSON: it breaks at line 3, column 2")),
        (b'[\n{"a": 1}]\n{"a": 2}', (2, 2, "comes after the end of the array")),
        (b"[", (1, 1, "is not JSON: it breaks at line 1, column 2")),
    ],
)
def test_what_does_not_read_is_told_where_it_stands(content: bytes, told: tuple[int, int, str]) -> None:
    assert faults(content) == [told]
