"""The report: its plots are drawn for both light and dark, say in words what they show, and keep hostile names dead."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.case import CaseFile, ModelCall
from evals.metrics import METRICS
from evals.pages import charts
from evals.pages.charts import Measured, labelled
from evals.pages.report import NO_BREAK, page, qualified
from evals.runs import Run, read
from evals.runs.record import FOLDER
from evals.slices import Slice
from tools.evidence import Ledger

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


def cells(text: str, metric: str) -> dict[str, str]:
    """A row of the table, by what stands at the head of its columns."""
    found = re.search(r"<thead><tr><th>metric</th>(.*?)</thead>", text)
    row = re.search(rf'<tr><td>{metric}<span class="meaning">[^<]+</span></td>(.*?)</tr>', text)
    assert found
    assert row
    heads = re.findall(r"<th[^>]*>(.*?)</th>", found[1])
    return dict(zip(heads, re.findall(r"<td[^>]*>([^<]*)", row[1]), strict=True))


def answered_by(run: Run, answers: str) -> Run:
    info = run.info.model_copy(update={"name": f"by-{answers}", "answers": answers, "roles": ()})
    return replace(run, info=info)


def test_a_run_without_a_model_stands_beside_what_its_rules_say(run: Run) -> None:
    template = answered_by(run, "template")
    told = cells(page([template], template), "words")
    mean = sum(each.wording.words for each in template.scored) / len(template.scored)
    assert float(told["by-template"]) == pytest.approx(mean, abs=1)
    assert float(told["rules only"]) < mean / 2


def test_an_agent_stands_beside_the_rules_of_a_run_without_a_model(run: Run) -> None:
    shorter = replace(answered_by(run, "agent"), files=tuple(gave_up(file) for file in run.files))
    template = answered_by(run, "template")
    text = page([shorter], template)
    assert set(cells(text, "accuracy")) >= {"by-agent", "template only", "rules only"}
    assert float(cells(text, "trajectory")["by-agent"]) < 1
    assert cells(text, "accuracy")["rules only"] == cells(page([template], template), "accuracy")["by-template"]
    assert "template only" not in cells(page([shorter, template], template), "accuracy")
    alone = page([shorter])
    assert "rules only" not in alone
    assert "trajectory" not in alone


def gave_up(file: CaseFile) -> CaseFile:
    """The same case escalated after one call."""
    draft = file.draft.model_copy(update={"disposition": "escalate", "statements": ()})
    return file.model_copy(update={"draft": draft, "ledger": Ledger(entries=file.ledger.entries[:1]), "findings": ()})


def silent(run: Run, *places: int) -> Run:
    """The run with no answer to any call of some cases."""
    files = list(run.files)
    for place in places:
        call = ModelCall(role="merge", request_sha256="r", error="no answer within 30 s", model=run.info.model)
        files[place] = files[place].model_copy(update={"calls": (call,)})
    return replace(run, files=tuple(files))


def test_a_run_whose_model_owes_answers_is_told_so_on_top_and_at_its_column(run: Run) -> None:
    assert 'id="unheard"' not in page([run])
    other = replace(silent(run, 0), info=run.info.model_copy(update={"name": "mute"}))
    text = page([run, other])
    assert "<strong>mute: model calls without an answer: 1 of " in text
    assert text.index('id="unheard"') < text.index("Right in ")
    assert {"recorded", "mute (1 of 12 unanswered)"} < set(cells(text, "accuracy"))


def test_nothing_is_said_of_a_model_that_never_answered(run: Run) -> None:
    text = page([silent(run, *range(len(run.files)))])
    assert 'id="unheard"' in text
    assert "Right in " not in text


def test_what_metrics_mean_can_be_read_without_pointing_at_them(report: str) -> None:
    for metric in METRICS:
        assert (
            f'<td>{metric.name}<span class="meaning">{escape(metric.meaning).replace("&#x27;", "&#39;")}</span></td>'
            in report
        )


def test_roles_that_the_models_have_earned_stand_on_the_page(run: Run, tmp_path: Path) -> None:
    assert 'id="roles"' not in page([run])
    (known,) = qualified(tmp_path, [run.info, run.info.model_copy(update={"model": ""})])
    assert known.record
    text = page([run], qualified=[known])
    granted = re.findall(r'<td class="(?:better)?">(yes|no)', text)
    assert granted == ["yes" if each.granted else "no" for each in known.record.roles.values()]
    text = page([run], qualified=qualified(tmp_path, [run.info.model_copy(update={"prompts": {"merge": "other"}})]))
    assert "for another text of the prompt than the one used in recorded" in text
    text = page([run], qualified=qualified(tmp_path, [run.info.model_copy(update={"model": "unknown"})]))
    assert "No measurement yet" in text


def test_a_run_made_outside_of_a_checkout_says_that_its_commit_is_not_known(run: Run) -> None:
    apart = replace(run, info=run.info.model_copy(update={"name": "apart", "commit": ""}))
    text = page([run, apart])
    assert "<td>not known</td>" in text
    assert f"apart commit{NO_BREAK}not{NO_BREAK}known" in text


def test_labels_of_the_axes_can_be_read(run: Run) -> None:
    for plot in (charts.calibrated(run.scored), charts.selective([("one", run.scored)])):
        assert ">90%<" not in plot.svg, "labels every tenth stand in one another"
    name, commit = "dev-template-2616caf7", "b873a8b123"
    trend = charts.trend([Measured(run=name, at=f"{name} {commit}", value=0.8, low=0.7, high=0.9)])
    assert name in trend.svg
    assert commit in trend.svg


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
