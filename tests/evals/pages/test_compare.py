"""The page of a comparison: every case once, changed ones first, nothing a customer wrote alive."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evals.compare import compare_runs, silence
from evals.pages import compare
from evals.pages.compare import headline, page, paired
from evals.runs import Run, read
from evals.runs.record import FOLDER
from evals.stats.paired import Interval

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)"> {{ 7 * 7 }} \u202e'


class Elements(HTMLParser):
    """Every element of a page with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def answering(run: Run, place: int, **changes: Any) -> Run:
    file = run.files[place]
    changed = file.model_copy(update={"draft": file.draft.model_copy(update=changes)})
    return replace(run, files=(*run.files[:place], changed, *run.files[place + 1 :]))


@pytest.fixture(scope="module")
def first() -> Run:
    return read(FOLDER)


@pytest.fixture(scope="module")
def second(first: Run) -> Run:
    """The first with one answer put right or spoilt, one draft reworded, and one with hostile text."""
    right = next(place for place, each in enumerate(first.scored) if each.decision.right)
    worded, hostile = [place for place in range(len(first.files)) if place != right][:2]
    other = "reject" if first.labels[right].ideal != "reject" else "approve"
    run = answering(first, right, disposition=other)
    statements = first.files[worded].draft.statements
    again = statements[0].model_copy(update={"text": f"{statements[0].text} Indeed."})
    run = answering(run, worded, statements=(again, *statements[1:]))
    statements = first.files[hostile].draft.statements
    evil = statements[0].model_copy(update={"text": HOSTILE})
    run = answering(run, hostile, statements=(evil, *statements[1:]))
    return replace(run, info=run.info.model_copy(update={"name": "second"}))


def written(first: Run, second: Run) -> str:
    return page(first, second, compare_runs(first.scored, second.scored))


def test_every_case_stands_on_the_page_once_changed_ones_first(first: Run, second: Run) -> None:
    cases = [each for each in Elements(written(first, second)).of("details")]
    assert sorted(str(each["id"]) for each in cases) == sorted(label.case_id for label in first.labels)
    kinds = [str(each["class"]).removeprefix("case ") for each in cases]
    assert kinds == ["broken"] + ["reworded"] * 2 + ["same"] * (len(cases) - 3)
    assert ["open" in each for each in cases] == [True] + [False] * (len(cases) - 1)


def test_a_printed_page_keeps_its_cases() -> None:
    styles = (Path(compare.__file__).parent / "templates" / "pages.css").read_text("utf-8")
    (printed,) = re.findall(r"@media print \{(.*)\}", styles)
    (hidden,) = re.findall(r"([^{}]+) \{ display: none; \}", printed)
    assert {each.strip() for each in hidden.split(",")} == {".filter > input", ".filter > label"}


def test_calls_without_an_answer_stand_above_the_figures(first: Run, second: Run) -> None:
    assert 'id="heard"' not in written(first, second)
    asked = next(place for place, file in enumerate(second.files) if file.calls)
    file = second.files[asked]
    mute = tuple(call.model_copy(update={"answer": "", "error": "no answer within 30 s"}) for call in file.calls)
    files = (*second.files[:asked], file.model_copy(update={"calls": mute}), *second.files[asked + 1 :])
    text = written(first, replace(second, files=files))
    assert f"Model calls without an answer: 0 of {silence(first).calls} of first, {len(mute)} of " in text
    assert text.index('id="heard"') < text.index("No difference in right answers")


def test_rules_that_fire_in_other_cases_are_listed_where_there_are_any(first: Run, second: Run) -> None:
    assert 'id="rules"' not in written(first, second)
    bare = replace(first, files=tuple(file.model_copy(update={"findings": ()}) for file in first.files))
    told = written(first, replace(bare, info=second.info))
    fired = {each.rule for file in first.files for each in file.findings}
    assert set(re.findall(r"<tr><td>([A-Z0-9]+-\d+)</td>", told)) == fired


def test_differing_words_are_marked(first: Run, second: Run) -> None:
    text = written(first, second)
    assert "<mark> Indeed.</mark>" in text or "<mark>Indeed.</mark>" in text


def test_what_was_written_by_others_is_only_text(first: Run, second: Run) -> None:
    text = written(first, second)
    page = Elements(text)
    assert not page.of("script")
    assert not page.of("img")
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{ 7 * 7 }}" in text
    policy = next(each["content"] for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not [each for each in page.of("a") if not str(each["href"]).startswith("#")]


def test_every_filter_has_a_label_and_finds_its_cases(first: Run, second: Run) -> None:
    page = Elements(written(first, second))
    shown = [str(each["id"]) for each in page.of("input")]
    assert shown == [str(each["for"]) for each in page.of("label")]
    assert shown == ["show-all", "show-changed", "show-broken", "show-reworded", "show-same"]
    assert all(each["type"] == "radio" and each["name"] == "show" for each in page.of("input"))


def test_the_headline_says_what_came_out(first: Run, second: Run) -> None:
    told = headline(compare_runs(first.scored, second.scored))
    assert told.startswith("No difference in right answers was seen: -8.3 points")
    assert "0 fixed, 1 broken of 12" in told


def test_the_headline_speaks_first_of_what_moved(first: Run, second: Run) -> None:
    same = compare_runs(first.scored, first.scored)
    still = same.tests[0]
    sentences = still.model_copy(update={"name": "every model sentence kept", "broken": 45, "n": 45})
    worse = sentences.model_copy(update={"p_value": 1e-9, "p_adjusted": 1e-9})
    better = worse.model_copy(update={"name": "no fault in the letter", "broken": 0, "fixed": 9, "p_adjusted": 0.01})
    told = headline(same.model_copy(update={"tests": (still, better, worse)}))
    assert told.startswith("The second run is worse in 'every model sentence kept': ")
    assert told.index("better in 'no fault in the letter'") < told.index("No difference in right answers was seen")
    right = worse.model_copy(update={"name": "right"})
    told = headline(same.model_copy(update={"tests": (right, better)}))
    assert told.startswith("The second run is right less often: ")
    assert "better in 'no fault in the letter'" in told


@pytest.mark.parametrize(("low", "high", "how"), [(0.04, 0.6, "dearer"), (-0.6, -0.04, "cheaper"), (-0.1, 0.6, "")])
def test_the_headline_says_that_a_case_costs_more(first: Run, low: float, high: float, how: str) -> None:
    same = compare_runs(first.scored, first.scored)
    cost = next(each for each in same.shifts if each.name == "cost")
    moved = cost.model_copy(update={"difference": Interval((low + high) / 2, low, high)})
    told = headline(same.model_copy(update={"shifts": (moved,)}))
    if how:
        assert told.startswith(f"The second run is {how}: {(low + high) / 2:+.2f} hours a case (95% {low:+.2f} to ")
    assert told.count("hours a case") == bool(how)
    assert "No difference in right answers was seen" in told


def test_what_is_said_of_a_table_does_not_scroll_with_it(first: Run, second: Run) -> None:
    text = written(first, second)
    assert "<caption" not in text
    page = Elements(text)
    described = {str(each["aria-describedby"]) for each in page.of("table") if "aria-describedby" in each}
    assert described == {"about-questions", "about-quantities"}
    assert described <= {str(each.get("id")) for each in page.of("p")}


def test_only_cases_of_both_runs_are_paired(first: Run, second: Run) -> None:
    fewer = replace(second, labels=second.labels[:-1], files=second.files[:-1])
    assert len(paired(first, fewer)) == len(first.labels) - 1
    assert len(paired(fewer, first)) == len(first.labels) - 1


def test_one_case_is_not_told_as_cases() -> None:
    run = read(FOLDER)
    one = replace(run, labels=run.labels[:1], files=run.files[:1])
    text = page(one, one, compare_runs(one.scored, one.scored))
    assert "two runs over the same 1 case of" in text
    assert "1 cases" not in text
