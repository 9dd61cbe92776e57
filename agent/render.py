"""Values and comparisons in words, the one place where a figure of the ledger becomes text.

Every figure a reviewer reads passes through here, so that findings, statements and flips never disagree on rounding.
"""

from __future__ import annotations

import re

from agent.case import Leaf
from tools.evidence import FactSpec, Value

SHARE = "share"
"""The unit of what lies between 0 and 1 as a part of a whole, and reads as a percentage."""
_MOST_DIGITS = 6
_FIGURE = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")


def format_value(value: Value, spec: FactSpec) -> str:
    """A value as text by the kind and unit of its fact: `0.21`, `92%`, `12,500 USD`, `1 day`, `driving licence`."""
    return with_unit(_bare(value, spec, _digits(value, spec)), spec.unit)


def format_comparison(leaf: Leaf, spec: FactSpec) -> str:
    """What a leaf found, in words: `0.21, below the 0.36 threshold`; for what is no number just the value.

    Both figures get as many digits as it takes to tell them apart, so that 0.4297 never reads as 0.43 below 0.43.
    """
    if leaf.value is None:
        return "unknown"
    if leaf.distance is None or leaf.threshold is None or isinstance(leaf.threshold, tuple):
        return format_value(leaf.value, spec)
    value, threshold = _apart(leaf.value, leaf.threshold, spec)
    relation = "at" if leaf.distance == 0 else "below" if leaf.distance < 0 else "above"
    value = with_unit(value, spec.unit)
    if not leaf.threshold_name:
        return f"{value}, {relation} {with_unit(threshold, spec.unit)}"
    return f"{value}, {relation} the {with_unit(threshold, spec.unit, attributive=True)} threshold"


def format_beside(value: Value, spec: FactSpec, words: str) -> str:
    """A value that stands beside a figure in words, as `0.7996` beside `0.80 or more`: with as many digits as it takes
    to tell the two apart."""
    if isinstance(value, bool | str):
        return format_value(value, spec)
    figures = {_read(figure) for figure in _FIGURE.findall(words)}
    digits, exact = _digits(value, spec), _scaled(value, spec.unit) in figures
    while not exact and _read(_bare(value, spec, digits)) in figures and digits < _MOST_DIGITS:
        digits += 1
    return with_unit(_bare(value, spec, digits), spec.unit)


def format_number(value: float, unit: str = "") -> str:
    """A number that is no fact, such as a threshold: `0.43`, `50%`, `90 days`, `10,000 USD`."""
    shown = _scaled(value, unit)
    digits = 0 if shown.is_integer() else 2
    return with_unit(f"{shown:z,.{digits}f}", unit)


def with_unit(text: str, unit: str, *, attributive: bool = False) -> str:
    """`1 day`, `90 days`; as an adjective, before a noun, `90 day`."""
    if unit in ("", SHARE):
        return f"{text}%" if unit else text
    single = attributive or text in {"1", "-1"}
    return f"{text} {_singular(unit) if single and len(unit) > 2 else unit}"


def _singular(unit: str) -> str:
    """`days` as `day`, `countries` as `country`, `addresses` as `address`."""
    if unit.endswith("ies"):
        return unit.removesuffix("ies") + "y"
    return unit.removesuffix("es" if unit.endswith(("sses", "shes", "ches", "xes")) else "s")


def _apart(value: Value, threshold: Value, spec: FactSpec) -> tuple[str, str]:
    """Both figures as they would read alone, with more digits where that makes two different ones read alike."""
    left, right = (_bare(each, spec, _digits(each, spec)) for each in (value, threshold))
    digits = max(_digits(value, spec), _digits(threshold, spec))
    while left == right and value != threshold and digits < _MOST_DIGITS:
        digits += 1
        left, right = _bare(value, spec, digits), _bare(threshold, spec, digits)
    return left, right


def _digits(value: Value, spec: FactSpec) -> int:
    """Fractions get two digits, larger amounts fewer, a percentage and a whole number of a large unit none."""
    if isinstance(value, bool | str) or spec.unit == SHARE or (spec.kind == "count" and float(value).is_integer()):
        return 0
    if _is_fraction(spec) or abs(value) < 10:
        return 0 if spec.unit and float(value).is_integer() else 2
    return 0 if abs(value) >= 100 or float(value).is_integer() else 1


def _read(figure: str) -> float:
    return float(figure.replace(",", ""))


def _is_fraction(spec: FactSpec) -> bool:
    return spec.high is not None and spec.high <= 1


def _bare(value: Value, spec: FactSpec, digits: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ") if spec.kind == "category" else value
    return f"{_scaled(value, spec.unit):z,.{digits}f}"


def _scaled(value: float, unit: str) -> float:
    """A number as it is shown, before its unit. Rounded, as a hundred times 0.07 is not quite 7."""
    return round(100 * value, 9) if unit == SHARE else float(value)
