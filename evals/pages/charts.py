"""The plots of a report, drawn by altair and rendered here to SVG that stands in the page: no script, no network.

Colours are the page's own variables, so that one drawing serves light and dark. Each plot comes with a sentence that
says what it shows to whoever cannot see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from agent.case import DISPOSITIONS
from evals.pages import words
from evals.pages.drawing import ACCENT, FONT_PX, INK, LINE, by_run, from_zero, svg, unit
from evals.scored import Scored
from evals.slices import Slice, confusion
from evals.stats.calibration import (
    Point,
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from tools.evidence import Frozen


@dataclass(frozen=True)
class Plot:
    """A drawing with its title, what it means, and what a screen reader says instead."""

    title: str
    meaning: str
    alt: str
    svg: Markup
    wide: bool = False


class Measured(Frozen):
    """A figure of a run with its interval, None where there is none."""

    run: str
    at: str
    value: float
    low: float | None = None
    high: float | None = None


def answers(reviews: Sequence[Scored]) -> Plot:
    """The confusion matrix: how cases of each label were answered."""
    counts = confusion(reviews)
    rows = [
        {
            "labelled": words(ideal),
            "answered": words(answer),
            "n": n,
            "share": n / max(sum(counts[ideal].values()), 1),
        }
        for ideal in DISPOSITIONS
        for answer, n in counts[ideal].items()
    ]
    import altair as alt

    order = [words(each) for each in DISPOSITIONS]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("answered:N", sort=order, title="recommended", axis=alt.Axis(labelAngle=-25)),
        y=alt.Y("labelled:N", sort=order, title="labelled"),
    )
    shade = alt.FillOpacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.0, 0.75]), legend=None)
    cells = base.mark_rect(fill=ACCENT, stroke=LINE).encode(fillOpacity=shade)
    right = sum(each.decision.right for each in reviews)
    return Plot(
        title="Answers against labels",
        meaning="Cases of each label by what was recommended; the diagonal is right.",
        alt=f"Confusion matrix: {right} of {len(reviews)} cases on the diagonal.",
        svg=svg(cells + base.mark_text(color=INK, fontSize=FONT_PX).encode(text="n:Q"), "answers"),
    )


def selective(runs: Sequence[tuple[str, Sequence[Scored]]]) -> Plot:
    """Risk against coverage, a line for each run."""
    rows, told = [], []
    for name, reviews in runs:
        sure, right = _sure(reviews)
        points = [Point(0.0, 0.0), *risk_coverage(sure, right)]
        rows += [{"run": name, "coverage": each.coverage, "risk": each.risk} for each in points[1:]]
        told.append(
            f"{name}: area {area_under_risk_coverage(sure, right):.3f}, all answered {points[-1].risk:.1%} wrong"
        )
    import altair as alt

    share = alt.Axis(format="%", grid=True, tickCount=5)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-before", strokeWidth=2)
        .encode(
            x=alt.X("coverage:Q", title="share of cases answered, the surest first", axis=share, scale=unit()),
            y=alt.Y("risk:Q", title="wrong among them", axis=share, scale=unit()),
            **by_run([name for name, _ in runs]),
        )
    )
    return Plot(
        title="Risk and coverage",
        meaning="How many answers are wrong if only the surest cases are left to it. Flat: confidence says nothing.",
        alt=f"Risk against coverage. {'; '.join(told)}.",
        svg=svg(chart, "selective"),
    )


def calibrated(reviews: Sequence[Scored]) -> Plot:
    """Reliability: how often answers of each confidence were right."""
    sure, right = _sure(reviews)
    bins = reliability(sure, right)
    rows = [{"confidence": each.confidence, "accuracy": each.accuracy, "n": each.n} for each in bins]
    import altair as alt

    share = alt.Axis(format="%", grid=True, tickCount=5)
    x = alt.X("confidence:Q", title="confidence", axis=share, scale=unit())
    y = alt.Y("accuracy:Q", title="right", axis=share, scale=unit())
    ends = [{"confidence": 0, "accuracy": 0}, {"confidence": 1, "accuracy": 1}]
    line = alt.Chart(alt.InlineData(values=ends)).mark_line(color=INK, strokeDash=[4, 4], opacity=0.5).encode(x=x, y=y)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    dots = base.mark_circle(color=ACCENT, opacity=0.85).encode(
        size=alt.Size("n:Q", scale=alt.Scale(domain=[0, len(reviews)], range=[30, 900]), legend=None)
    )
    text = base.mark_text(color=INK, dy=-16, fontSize=FONT_PX).encode(text="n:Q")
    return Plot(
        title="Confidence against outcome",
        meaning="Each dot is a tenth of the scale with its number of cases; on the dashed line confidence is true.",
        alt=f"Reliability in {len(bins)} bins: calibration error {expected_calibration_error(sure, right):.3f}.",
        svg=svg(line + dots + text, "calibrated"),
    )


def sliced(slices: Sequence[Slice]) -> Plot:
    """Accuracy by case type, story and whatever else the table slices by, with Wilson's intervals."""
    rows = [
        {
            "by": each.by,
            "name": f"{words(each.name)} ({each.n})",
            "value": each.right / each.n,
            "low": each.low,
            "high": each.high,
        }
        for each in sorted(slices, key=lambda each: (each.by, each.right / each.n))
    ]
    import altair as alt

    height, share = alt.Step(17), alt.Axis(format="%", grid=True, tickCount=5)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, grid=True))
    )
    x = alt.X("value:Q", title="right, with 95% interval", axis=share, scale=unit())
    bars = base.mark_rule(color=ACCENT, strokeWidth=2).encode(x=alt.X("low:Q", scale=unit()), x2="high:Q")
    chart = (bars + base.mark_circle(color=ACCENT, size=60, opacity=1).encode(x=x)).properties(height=height, width=440)
    lowest = min(slices, key=lambda each: each.right / each.n)
    least = f"lowest {words(lowest.name)} at {lowest.right / lowest.n:.0%}"
    return Plot(
        title="Where it is right, and where not",
        meaning="Share of right answers in each group with its number of cases; groups under five cases are left out.",
        alt=f"Accuracy of {len(rows)} groups, {least}.",
        svg=svg(
            chart.facet(row=alt.Row("by:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")))
            .resolve_scale(y="independent"),
            "sliced",
        ),
        wide=True,
    )  # fmt: skip


def costs(measured: Sequence[Measured]) -> Plot:
    """What a case costs with each run and with answers that take no work."""
    import altair as alt

    rows = [each.model_dump() for each in measured]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("run:N", title=None, sort=None, axis=alt.Axis(labelLimit=300))
    )
    x = alt.X("value:Q", title="reviewer hours a case, with 95% interval", axis=alt.Axis(grid=True), scale=from_zero())
    spans = (
        base.transform_filter("datum.low !== null")
        .mark_rule(color=ACCENT, strokeWidth=2)
        .encode(x="low:Q", x2="high:Q")
    )
    chart = base.mark_circle(color=ACCENT, size=70, opacity=1).encode(x=x) + spans
    return Plot(
        title="What a case costs",
        meaning="Mean cost of the answers by the cost matrix; an approved fraud costs most.",
        alt="Cost a case: " + "; ".join(f"{each.run} {each.value:.2f}" for each in measured) + ".",
        svg=svg(chart.properties(height=alt.Step(26)), "costs"),
    )


def trend(measured: Sequence[Measured]) -> Plot:
    """A figure over runs in the order they were made. `at` is what stands below each."""
    import altair as alt

    rows = [each.model_dump() for each in measured]
    under = alt.Axis(labelAngle=-25, labelLimit=190, labelExpr="split(datum.label, ' ')")
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("at:O", title="run, oldest first", sort=None, axis=under)
    )
    y = alt.Y("value:Q", title="right, with 95% interval", axis=alt.Axis(format="%", grid=True), scale=unit())
    bars = base.mark_rule(color=ACCENT, strokeWidth=2).encode(y=alt.Y("low:Q", scale=unit()), y2="high:Q")
    line = base.mark_line(color=ACCENT, point=alt.OverlayMarkDef(color=ACCENT, size=60)).encode(y=y)
    return Plot(
        title="Over commits",
        meaning="Right answers of each run in the order they were made.",
        alt="Accuracy by run: " + "; ".join(f"{each.at} {each.value:.1%}" for each in measured) + ".",
        svg=svg(bars + line, "trend"),
    )


def _sure(reviews: Sequence[Scored]) -> tuple[list[float], list[bool]]:
    return [each.decision.confidence for each in reviews], [each.decision.right for each in reviews]


def labelled(plot: Plot) -> Markup:
    """A plot as a figure of the page."""
    return Markup('<figure class="{}" role="img" aria-label="{}"><h3>{}</h3><p>{}</p>{}</figure>').format(
        "wide" if plot.wide else "", plot.alt, plot.title, plot.meaning, plot.svg
    )
