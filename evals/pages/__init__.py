"""Pages a person looks at: two runs side by side, and the report of runs. One HTML file each, without a script.

What stands on them was written by models and, in the end, by customers: everything is escaped, and a content security
policy keeps the page from loading or running anything.
"""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from agent.cli.screen import counted


@cache
def environment() -> Environment:
    """Templates of this folder, in the style of the reviewer's page."""
    loader = ChoiceLoader([PackageLoader("evals.pages", "templates"), PackageLoader("agent.report", "templates")])
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {"counted": counted, "figure": figure, "words": words}
    return pages


def figure(value: float | None) -> str:
    """A number as a table shows it, a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{round(value, 3) + 0.0:.3f}"  # no minus before a zero


def words(name: str) -> str:
    """A disposition as people write it."""
    return name.replace("_", " ")
