"""The policy as a value: rules, thresholds, disposition table and evidence plan, read from its folder or from JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, field_validator

from agent.case import CaseType, Disposition, Severity, Truth, Wanted
from agent.errors import PolicyError
from agent.policy.expression import Expression
from agent.policy.faults import DAY, QUOTED, fault
from agent.policy.files import Entry, Folder, read_folder
from agent.policy.parse import parse_row, parse_rule
from tools.evidence import Frozen, Value, fingerprint
from vision.protocol import VisionConfig

Group = Literal["capture", "document", "identity", "access", "payments", "network", "sanctions", "p2p"]
Words = Annotated[str, Field(min_length=1)]
Model = TypeVar("Model", bound=Frozen)
AS_WRITTEN: Mapping[str, float] = MappingProxyType({})
FACE_THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {"face_match": VisionConfig.face_match, "face_mismatch": VisionConfig.face_mismatch}
)
Standing = Literal["not yet in force", "in force", "expired"]


def _day(day: str) -> str:
    if day:
        if not DAY.fullmatch(day):
            raise ValueError(f"{day[:QUOTED]!r} is not written as a day")
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValueError(f"{day} is not a day of the calendar") from None
    return day


Day = Annotated[str, Field(min_length=1), AfterValidator(_day)]
DayOrNever = Annotated[str, AfterValidator(_day)]


class RuleExample(Frozen):
    """Facts, and what the rule must say to them. Facts left out are unknown."""

    facts: dict[str, Value]
    expect: Truth

    @field_validator("expect", mode="before")
    @classmethod
    def _spelled(cls, value: object) -> object:
        return str(value).lower() if isinstance(value, bool) else value


class Rule(Frozen):
    """One rule of the policy. It applies to `cases` (none named: all) from `effective` until the day before `expires`.

    In the case types of `optional`, the rule is left out where its evidence was asked for and could not be had, instead
    of holding the case open; the evidence is still listed as missing.

    `asks` is what the `customer_text` asks for and what is needed of it: `[document.sharp, document.whole]`. A letter
    leaves out a text whose needs its other texts ask for. The words after the dot are free: one that no other rule has
    keeps its text in every letter.
    """

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2}$")
    reason_code: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    title: Words
    cases: tuple[CaseType, ...] = ()
    when: Words
    severity: Severity
    group: Group
    says: Words
    customer_text: str = ""
    asks: tuple[Wanted, ...] = Field((), exclude_if=lambda asks: not asks)
    owner: Words
    effective: Day
    expires: DayOrNever = ""
    optional: tuple[CaseType, ...] = ()
    examples: tuple[RuleExample, ...] = ()

    def applies(self, case_type: CaseType, as_of: str) -> bool:
        return self.standing(as_of) == "in force" and (not self.cases or case_type in self.cases)

    def standing(self, as_of: str) -> Standing:
        """Whether the rule is in force on the day of `as_of` (ISO 8601)."""
        day = as_of[:10]
        if self.expires and self.expires <= day:
            return "expired"
        return "in force" if self.effective <= day else "not yet in force"


class Threshold(Frozen):
    """A named number that rules compare with: its unit, what it means, and where the figure comes from."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    value: float = Field(strict=True)
    unit: str = ""
    meaning: Words
    source: Words


class Row(Frozen):
    """One line of the disposition table: when it holds over the findings, what is recommended, and why."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    when: Words
    then: Disposition
    why: Words


class Requirement(Frozen):
    """The tools that every case of a type is put to."""

    case: CaseType
    mandatory: tuple[str, ...]


class Gap(Frozen):
    """What is recommended when facts whose names begin with `missing` cannot be had and could change the outcome."""

    missing: str
    then: Literal["request_resubmission", "request_information", "escalate"]
    why: Words


class Policy(Frozen):
    """The whole policy with the thresholds in effect. Its sha256 changes with anything in it, and stands for it where
    policies are compared: they are the keys of what is remembered."""

    rules: tuple[Rule, ...]
    thresholds: tuple[Threshold, ...]
    rows: tuple[Row, ...]
    requirements: tuple[Requirement, ...]
    gaps: tuple[Gap, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Policy:
        """A policy with some fields changed, which works out anew what this one did."""
        return Policy(**{name: getattr(self, name) for name in Policy.model_fields} | dict(update or {}))

    @cached_property
    def sha256(self) -> str:
        return fingerprint(self)

    @cached_property
    def values(self) -> dict[str, float]:
        """The thresholds in effect, by name."""
        return {threshold.name: threshold.value for threshold in self.thresholds}

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """The parsed `when` of each rule, by rule id, thresholds put in."""
        return {rule.id: parse_rule(rule.when, self.values) for rule in self.rules}

    @cached_property
    def table(self) -> tuple[tuple[Row, Expression], ...]:
        """The disposition rows with their parsed `when`."""
        return tuple((row, parse_row(row.when)) for row in self.rows)

    def threshold(self, name: str) -> Threshold | None:
        return next((threshold for threshold in self.thresholds if threshold.name == name), None)

    def active(self, case_type: CaseType, as_of: str) -> tuple[Rule, ...]:
        """The rules in force for a case type on a day (ISO 8601), in the order of the files."""
        return tuple(rule for rule in self.rules if rule.applies(case_type, as_of))

    def mandatory(self, case_type: CaseType) -> tuple[str, ...]:
        """The tools every case of this type is put to."""
        return next((each.mandatory for each in self.requirements if each.case == case_type), ())

    def gap(self, fact: str) -> Gap:
        """What to do when this fact is missing: the entry with the longest prefix, else escalate."""
        fitting = [gap for gap in self.gaps if fact.startswith(gap.missing)]
        default = Gap(missing="", then="escalate", why="The policy does not say how to obtain this; a person looks.")
        return max(fitting, key=lambda gap: len(gap.missing), default=default)

    def to_json(self) -> str:
        """The policy with the thresholds in effect, as JSON text."""
        return self.model_dump_json()

    @staticmethod
    def from_json(text: str) -> Policy:
        """Read back what `to_json` wrote.

        Raises:
            PolicyError: the text is no policy.
        """
        try:
            return Policy.model_validate_json(text)
        except ValidationError as error:
            raise PolicyError(f"saved policy: {fault(error, Policy).what}", "use the text that to_json wrote") from None


def load_policy(folder: Path | None = None, thresholds: Mapping[str, float] = AS_WRITTEN) -> Policy:
    """Read a policy folder, the packaged one by default, with some thresholds set to other values.

    Raises:
        PolicyError: anything that does not load, beginning with file and line; an override of no threshold.
    """
    return build_policy(read_folder(folder), thresholds)


def build_policy(entries: Folder, thresholds: Mapping[str, float] = AS_WRITTEN) -> Policy:
    """A policy from the entries of its files. Raises as `load_policy` does."""
    written = [load_threshold(entry) for entry in entries.thresholds]
    unknown = sorted(set(thresholds) - {each.name for each in written})
    if unknown:
        raise PolicyError(
            f"threshold {unknown[0]!r} is not in thresholds.yaml",
            "override only thresholds of that file, in source.json as well",
        )
    effective = [each.model_copy(update={"value": float(thresholds.get(each.name, each.value))}) for each in written]
    values = {each.name: each.value for each in effective}
    plan = [load_plan(entry) for entry in entries.evidence]
    return Policy(
        rules=tuple(load_rule(entry, values) for entry in entries.rules),
        thresholds=tuple(sorted(effective, key=lambda each: each.name)),
        rows=tuple(load_row(entry) for entry in entries.dispositions),
        requirements=tuple(each for each in plan if isinstance(each, Requirement)),
        gaps=tuple(each for each in plan if isinstance(each, Gap)),
    )


def face_fault(values: Mapping[str, float]) -> str:
    """What keeps two faces from being compared with these thresholds, empty where nothing does. Those that a policy
    does not name are the measurement's own."""
    match, mismatch = (values.get(name, own) for name, own in FACE_THRESHOLDS.items())
    for name, value in zip(FACE_THRESHOLDS, (match, mismatch), strict=True):
        if not -1 <= value <= 1:
            return f"{name} is {value:g}, and the similarity of faces goes from -1 to 1"
    crossed = f"the mismatch threshold face_mismatch {mismatch:g} lies above the match threshold face_match {match:g}"
    return crossed if mismatch > match else ""


def load_threshold(entry: Entry) -> Threshold:
    """One threshold. This and the next three raise PolicyError, beginning with file and line."""
    return _load(Threshold, entry)


def load_rule(entry: Entry, thresholds: Mapping[str, float]) -> Rule:
    """One rule, its condition parsed once to see that it does."""
    rule = _load(Rule, entry)
    with _at(entry, "when"):
        parse_rule(rule.when, thresholds)
    return rule


def load_row(entry: Entry) -> Row:
    """One disposition row, its condition parsed once."""
    row = _load(Row, entry)
    with _at(entry, "when"):
        parse_row(row.when)
    return row


def load_plan(entry: Entry) -> Requirement | Gap:
    """One entry of the evidence plan; its keys tell which kind it is."""
    named = {"case", "mandatory"} & entry.data.keys()
    return _load(Requirement, entry) if named else _load(Gap, entry)


def _load(model: type[Model], entry: Entry) -> Model:
    try:
        return model.model_validate(entry.data)
    except ValidationError as error:
        wrong = fault(error, model)
        raise PolicyError(f"{entry.where(wrong.key)}: {wrong.what}", wrong.remedy) from None


@contextmanager
def _at(entry: Entry, key: str) -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        raise PolicyError(f"{entry.where(key)}: {error.what}", error.remedy) from None
