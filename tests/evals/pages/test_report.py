"""The report: its plots are drawn for both light and dark, say in words what they show, and keep hostile names dead."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from evals.pages import charts
from evals.pages.charts import Measured, labelled
from evals.pages.report import page
from evals.record import FOLDER
from evals.runs import Run, read
from evals.table import Slice

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def run() -> Run:
    return read(FOLDER)


@pytest.fixture(scope="module")
def report(run: Run) -> str:
    later = run.info.model_copy(update={"name": HOSTILE, "started_at": "2030-01-01T00:00:00+00:00"})
    return page([run, replace(run, info=later)])


def figures(text: str) -> list[str]:
    return re.findall(r"<figure.*?</figure>", text, re.DOTALL)


def test_every_plot_stands_on_the_page_with_words_for_it(report: str) -> None:
    titles = [re.search(r"<h3>(.*?)</h3>", each)[1] for each in figures(report)]  # type: ignore[index]
    assert titles[:5] == [
        "Answers against labels",
        "Risk and coverage",
        "Confidence against outcome",
        "What a case costs",
        "Over commits",
    ]
    for each in figures(report):
        label = re.search(r'role="img" aria-label="([^"]+)"', each)
        assert label is not None
        assert re.search(r"\d", label[1])


def test_drawings_are_well_formed_and_take_the_colours_of_the_page(report: str) -> None:
    ids: list[str] = []
    for each in figures(report):
        drawing = each[each.index("<svg") : each.index("</svg>") + len("</svg>")]
        tree = ElementTree.fromstring(drawing)
        ids += [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
        colours = {element.attrib.get(name, "") for element in tree.iter() for name in ("fill", "stroke")}
        assert not [colour for colour in colours if colour.startswith("#") or colour in ("black", "white")]
    assert len(ids) == len(set(ids))


def test_nothing_on_the_page_runs_or_loads(report: str) -> None:
    assert "<script" not in report
    assert "&lt;script&gt;" in report
    assert "default-src 'none'; style-src 'unsafe-inline'" in report
    assert not re.search(r'(?:src|href)="(?!#)', report)


def test_baselines_stand_in_the_table_beside_the_run(report: str) -> None:
    head = re.search(r"<thead><tr><th>metric</th>.*?</thead>", report)
    assert head is not None
    for name in ("recorded", "rules only", "majority", "random"):
        assert name in head[0]


def test_one_run_has_no_trend(run: Run) -> None:
    assert "Over commits" not in page([run])


def test_slices_show_how_many_cases_they_are_of() -> None:
    plot = charts.sliced([Slice(by="story", name=f"{HOSTILE}_a", n=9, right=3, low=0.1, high=0.6)])
    assert "1 groups, lowest" in plot.alt
    assert "(9)" in plot.svg
    assert "<script" not in labelled(plot)


def test_costs_without_an_interval_are_shown_too() -> None:
    plot = charts.costs([Measured(run="a", at="", value=2.0, low=1.0, high=3.0), Measured(run="b", at="", value=4.0)])
    assert plot.alt == "Cost a case: a 2.00; b 4.00."
