"""What the comments at the top of a playbook file declare, in the form that `tools.playbook` describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, ValidationError

from tools.errors import ToolError
from tools.evidence import LABEL, FactSpec, Trust

PARAMETER = re.compile(r"(?P<name>[a-z_]+) (?P<kind>number|count|text) (?P<default>\S+)\s*:\s*(?P<meaning>\S.*)")
FACT = re.compile(
    r"(?P<name>\S+) (?P<kind>[a-z]+)(?: (?P<unit>(?!noise )[A-Za-z/%]+))?(?: (?P<low>-?[\d.]*?)\.\.(?P<high>[\d.]*))?"
    r"(?: noise (?P<noise>[\d.]+))?\s+:\s*(?P<meaning>\S.*)"
)
PART = re.compile(r"(?P<name>\S+) at (?P<side>least|most) (?P<limit>\S+)")
NONE = re.compile(r"(?P<name>\S+) where (?P<count>\S+)\s+:\s*(?P<meaning>\S.*)")
STRANGE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
PYTHON: Mapping[str, type[int] | type[float] | type[str]] = {"number": float, "count": int, "text": str}


@dataclass
class Header:
    """The declarations of a file while it is being read. `none` has the count and the meaning by fact, `strange` names
    columns as `table.column`."""

    meaning: str = ""
    trust: Trust = "recorded"
    parameters: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    facts: list[FactSpec] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    none: dict[str, tuple[str, str]] = field(default_factory=dict)
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    strange: set[str] = field(default_factory=set)
    here: bool = False


def declare(header: Header, word: str, rest: str, where: str) -> None:
    """Add one line, `-- word: rest`, to what is declared. Raises ToolError naming `where` if it does not parse."""
    name, _, meaning = rest.partition(" : ")
    match word:
        case "meaning":
            header.meaning = rest
        case "trust" if rest in ("recorded", "stated"):
            header.trust = "stated" if rest == "stated" else "recorded"
        case "unknown" | "label" if meaning:
            (header.unknown if word == "unknown" else header.labels)[name.strip()] = _words(
                word, meaning.strip(), where
            )
        case "strange" if meaning and STRANGE.fullmatch(name.strip()):
            header.strange.add(name.strip())
        case "none" if parsed := NONE.fullmatch(rest):
            header.none[parsed["name"]] = (parsed["count"], parsed["meaning"])
        case "here" if rest:
            header.here = True
        case "part" if parsed := PART.fullmatch(rest):
            header.parts.setdefault(parsed["name"], {})[parsed["side"]] = _limit(parsed["limit"], header, where)
        case "parameter" if parsed := PARAMETER.fullmatch(rest):
            header.parameters[parsed["name"]] = _parameter(parsed, where)
        case "fact" if parsed := FACT.fullmatch(rest):
            header.facts.append(_fact(parsed, where))
        case _:
            raise fault(where, f"the {word} line does not parse")


def _words(word: str, text: str, where: str) -> str:
    """What a line says of a fact; a label has to be one."""
    if word == "label" and not re.fullmatch(LABEL, text):
        what = "does not begin with a letter, or holds a digit, a bracket, a stop or a semicolon"
        raise fault(where, f"the label {text!r} {what}")
    return text


def _limit(text: str, header: Header, where: str) -> float:
    """A number as written, or the default of a parameter declared above."""
    try:
        return float(header.parameters[text][1].default if text in header.parameters else text)
    except ValueError as error:
        raise fault(where, f"{text!r} is neither a number nor a parameter declared above") from error


def completed(spec: FactSpec, header: Header) -> FactSpec:
    """A fact with what further lines declare of it."""
    none_where = header.none[spec.name][0] if spec.name in header.none else ""
    label = header.labels.get(spec.name, "")
    further = {"none_where": none_where, "label": label, **header.parts.get(spec.name, {})}
    return FactSpec(**spec.model_dump() | further)


def _parameter(parsed: re.Match[str], where: str) -> tuple[Any, Any]:
    kind = PYTHON[parsed["kind"]]
    try:
        return kind, Field(kind(parsed["default"]), description=parsed["meaning"])
    except ValueError as error:
        raise fault(where, f"the default is not a {parsed['kind']}") from error


def _fact(parsed: re.Match[str], where: str) -> FactSpec:
    kind: Any = parsed["kind"]
    numeric = kind in {"count", "number"}
    try:
        return FactSpec(
            name=parsed["name"],
            kind=kind,
            meaning=parsed["meaning"].strip(),
            unit=parsed["unit"] or "",
            low=_bound(parsed["low"], 0.0 if numeric else None),
            high=_bound(parsed["high"], None),
            noise=float(parsed["noise"] or 0),
        )
    except (ValidationError, ValueError) as error:
        raise fault(where, "the fact's name, kind or bounds are not allowed") from error


def _bound(text: str | None, otherwise: float | None) -> float | None:
    if text is None:
        return otherwise
    return float(text) if text else None


def fault(where: str, what: str) -> ToolError:
    """What is wrong with a playbook file, for the one who writes it."""
    return ToolError(f"playbook {where}: {what}", "see the form at the top of tools/playbook/__init__.py")
