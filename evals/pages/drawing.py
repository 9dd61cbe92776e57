"""What the plots of a report share: scales, the colours of the page, and an SVG drawn without a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt

FONT_PX = 12
"""The size that the page gives to text in drawings, whatever they ask for: the layout here has to know it."""
INK, LINE, ACCENT = "currentColor", "var(--line)", "var(--accent)"
SERIES = (ACCENT, "var(--suspicious)", "var(--mitigating)", "var(--adverse)", "var(--soft)")
DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4])
WIDTH, HEIGHT = 380, 260
IDS = re.compile(r'(id="|url\(#|href="#)')
ROOT = re.compile(r"^<svg\b[^>]*?viewBox=\"([^\"]*)\"[^>]*>")


def unit() -> alt.Scale:
    import altair as alt

    return alt.Scale(domain=[0, 1])


def from_zero() -> alt.Scale:
    import altair as alt

    return alt.Scale(zero=True)


def by_run(names: Sequence[str]) -> dict[str, Any]:
    """Colour and dash by run: told apart without seeing colours too."""
    import altair as alt

    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=220) if len(names) > 1 else None
    colours = [SERIES[place % len(SERIES)] for place in range(len(names))]
    dashes = [DASHES[place % len(DASHES)] for place in range(len(names))]
    return {
        "color": alt.Color(
            "run:N", sort=list(names), scale=alt.Scale(domain=list(names), range=colours), legend=legend
        ),
        "strokeDash": alt.StrokeDash(
            "run:N", sort=list(names), scale=alt.Scale(domain=list(names), range=dashes), legend=legend
        ),
    }


def svg(chart: alt.TopLevelMixin, name: str) -> Markup:
    """The chart as an SVG element: of the width of its place, in the page's colours, with ids of its own."""
    import vl_convert

    axis = {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "grid": False,
        "titleFontWeight": "normal",
        "labelFontSize": FONT_PX,
        "titleFontSize": FONT_PX,
    }
    discrete = {"discreteWidth": WIDTH, "discreteHeight": HEIGHT}
    spec = chart.to_dict()
    spec["config"] = {
        "background": "transparent",
        "font": "sans-serif",
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT, **discrete},
        "axis": axis,
        "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": FONT_PX, "symbolType": "stroke"},
        "header": {"labelColor": INK, "labelFontSize": FONT_PX, "labelFontWeight": "bold"},
    }
    drawn = IDS.sub(rf"\g<1>{name}-", vl_convert.vegalite_to_svg(spec))
    return Markup(ROOT.sub(r'<svg viewBox="\1" aria-hidden="true">', drawn))  # noqa: S704 - drawn here, texts escaped by it
