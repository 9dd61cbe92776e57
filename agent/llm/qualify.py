"""Which roles a model has earned: a fixed, versioned set of questions for each, scored by the verifier of production.

A role is granted at a pass rate of 0.9 or more. Reworded sentences and questions count only where they differ from the
policy's: a copy holds, and shows no ability. A record speaks for one model at one endpoint and one text of each
prompt: change the prompt and it grants nothing until the model is asked again.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from agent.case import ROLES, Finding, Leaf, Role
from agent.draft.ground import copies, skeleton
from agent.errors import ModelError
from agent.llm import Model
from agent.llm.investigate import candidates, choice, choose
from agent.llm.roles import Answer, merge, question, read, word
from agent.render import format_comparison
from prompts import Prompts
from tools.evidence import FactSpec, Frozen, Kind, Value
from tools.tool import AnyTool, Found, NoArguments, Tool
from vision.wilson import share

PASS_RATE = 0.9
SEED = 20261
MERGES = 40
CHOICES = 40
PACKAGED = Path(__file__).parent / "qualification"
FOLDER = "qualifications"


class Sample(Frozen):
    """A finding to ask about: its title, its sentence with `{}` for the value, and the fact behind it."""

    rule: str
    title: str
    says: str
    fact: str
    value: Value
    threshold: Value
    comparator: str
    kind: Kind
    unit: str
    high: float | None
    meaning: str

    @property
    def spec(self) -> FactSpec:
        return FactSpec(name=self.fact, kind=self.kind, meaning=self.meaning, unit=self.unit, high=self.high)

    def finding(self, evidence_id: str) -> Finding:
        number = self.kind != "flag"
        leaf = Leaf(
            fact=self.fact,
            evidence_id=evidence_id,
            value=self.value,
            comparator=self.comparator,
            threshold=self.threshold,
            threshold_name="limit",
            distance=float(self.value) - float(self.threshold) if number else None,
            truth="true",
        )
        return Finding(
            rule=self.rule,
            reason_code=self.rule,
            severity="adverse",
            title=self.title,
            references=(f"{evidence_id}.{self.fact}",),
            text=self.says.format(format_comparison(leaf, self.spec)),
            trace=(leaf,),
        )


class SampleTool(Frozen):
    """A tool to choose from: its name, its cost and the facts it can tell."""

    name: str
    cost: float
    facts: tuple[str, ...]


class Questions(Frozen):
    """The fixed set. `version` rises with any change to it, to the schemas or to the verifier."""

    version: int
    findings: tuple[Sample, ...]
    requests: tuple[str, ...]
    tools: tuple[SampleTool, ...]


class Earned(Frozen):
    """How a model did in one role; `low` and `high` bound the pass rate with 95 % confidence (Wilson)."""

    prompt_sha256: str
    asked: int
    passed: int
    unanswered: int
    refused: int
    copied: int
    low: float
    high: float
    seconds_each: float
    granted: bool

    @property
    def rate(self) -> float:
        return self.passed / self.asked


class Record(Frozen):
    """A qualification record: what one model at one endpoint has shown, and when."""

    model: str
    endpoint: str
    questions: int = Field(description="version of the set of questions")
    made_at: str
    roles: dict[Role, Earned]


Outcome = Literal["passed", "unanswered", "refused", "copied"]
"""What an answer to one question comes to."""
Trial = Callable[[Model, Prompts], Outcome]


def load_questions() -> Questions:
    return Questions.model_validate_json((PACKAGED / "questions.json").read_bytes())


def trials(role: Role, questions: Questions) -> list[Trial]:
    """The questions of a role in a fixed order, each a function of a model and prompts."""
    chance = random.Random(f"{SEED}:{role}")  # noqa: S311 - repeatable questions, not secrets
    if role == "merge":
        return list(_merges(questions, chance))
    if role == "word":
        return list(_wordings(questions))
    if role == "question":
        return [partial(_question, request=request) for request in questions.requests]
    return list(_choices(questions, chance))


def _merges(questions: Questions, chance: random.Random) -> Iterator[Trial]:
    specs = _specs(questions)
    for _ in range(MERGES):
        samples = chance.sample(questions.findings, chance.randint(3, 7))
        told = [sample.finding(f"E{number}") for number, sample in enumerate(samples, 1)]
        yield partial(_merge, told=told, specs=specs)


def _merge(model: Model, prompts: Prompts, told: Sequence[Finding], specs: Mapping[str, FactSpec]) -> Outcome:
    return _outcome(merge(model, prompts, told, specs))


def _wordings(questions: Questions) -> Iterator[Trial]:
    specs = _specs(questions)
    for number, sample in enumerate(questions.findings, 1):
        yield partial(_word, finding=sample.finding(f"E{number}"), specs=specs)


def _word(model: Model, prompts: Prompts, finding: Finding, specs: Mapping[str, FactSpec]) -> Outcome:
    return _outcome(word(model, prompts, finding, specs), copy=skeleton(finding, specs).text)


def _question(model: Model, prompts: Prompts, request: str) -> Outcome:
    return _outcome(question(model, prompts, request), copy=request)


def _choices(questions: Questions, chance: random.Random) -> Iterator[Trial]:
    for _ in range(CHOICES):
        among = [_tool(sample, questions) for sample in chance.sample(questions.tools, chance.randint(4, 7))]
        able = chance.sample(among, chance.randint(1, 2))
        wanted = [chance.choice(tool.facts) for tool in able]
        yield partial(_choose, among=among, wanted=wanted)


def _tool(sample: SampleTool, questions: Questions) -> AnyTool:
    known = _specs(questions)
    specs = tuple(known.get(fact, FactSpec(name=fact, kind="number", meaning=fact)) for fact in sample.facts)
    return Tool(sample.name, sample.name, _never, NoArguments, specs, "recorded", sample.cost)


def _never(*_: object) -> Found:
    raise ModelError("a tool of the qualification set was run", "ask the model only")


def _choose(model: Model, prompts: Prompts, among: Sequence[AnyTool], wanted: Sequence[FactSpec]) -> Outcome:
    call = choose(model, prompts, "transactions", wanted, among)
    able = candidates([spec.name for spec in wanted], {tool.name: tool for tool in among}, set())
    taken = read(call, choice([tool.name for tool in among]))
    if taken is None:
        return "unanswered"
    return "passed" if taken.model_dump()["tool"] in able else "refused"


def _outcome(answer: Answer, copy: str = "") -> Outcome:
    if answer.text is None:
        return "unanswered" if answer.call.error else "refused"
    return "copied" if copies(answer.text, copy) else "passed"


def _specs(questions: Questions) -> Mapping[str, FactSpec]:
    return {sample.fact: sample.spec for sample in questions.findings}


def qualify(
    model: Model,
    endpoint: str,
    prompts: Prompts,
    made_at: str,
    roles: Iterable[Role] = ROLES,
    progress: Callable[[Role, int, int], None] = lambda role, done, of: None,
) -> Record:
    """Ask a model every question of the roles and record what it passed. Raises ModelError where it never answers."""
    questions = load_questions()
    earned = {role: _earn(model, prompts, role, trials(role, questions), progress) for role in roles}
    if earned and all(each.unanswered == each.asked for each in earned.values()):
        raise ModelError(f"{model.name!r} gave no answer", "check the endpoint with `casework llm status`")
    return Record(model=model.name, endpoint=endpoint, questions=questions.version, made_at=made_at, roles=earned)


def _earn(
    model: Model, prompts: Prompts, role: Role, asked: Sequence[Trial], progress: Callable[[Role, int, int], None]
) -> Earned:
    began = time.perf_counter()
    outcomes = []
    for number, trial in enumerate(asked, 1):
        outcomes.append(trial(model, prompts))
        progress(role, number, len(asked))
    passed = outcomes.count("passed")
    rate = share(passed, len(asked))
    return Earned(
        prompt_sha256=prompts[role].sha256,
        asked=len(asked),
        passed=passed,
        unanswered=outcomes.count("unanswered"),
        refused=outcomes.count("refused"),
        copied=outcomes.count("copied"),
        low=round(rate.low, 4),
        high=round(rate.high, 4),
        seconds_each=round((time.perf_counter() - began) / len(asked), 3),
        granted=passed >= PASS_RATE * len(asked),
    )


def merged(before: Record | None, after: Record) -> Record:
    """The later record, with roles that it did not ask for taken over from an earlier one of the same set."""
    if before is None or before.questions != after.questions:
        return after
    return after.model_copy(update={"roles": {**before.roles, **after.roles}})


def save(home: Path, record: Record) -> Path:
    """Write a record under `home`, in place of an earlier one of the same model and endpoint."""
    path = home / FOLDER / f"{_key(record.model, record.endpoint)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".part")
    partial_path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial_path.replace(path)
    return path


def find(home: Path, model: str, endpoint: str) -> Record | None:
    """The record of a model at an endpoint: the one made here, else a packaged one. One that does not read is none."""
    name = f"{_key(model, endpoint)}.json"
    for path in (home / FOLDER / name, PACKAGED / name):
        if path.is_file():
            try:
                record = Record.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue
            if (record.model, record.endpoint) == (model, endpoint):
                return record
    return None


def _key(model: str, endpoint: str) -> str:
    return hashlib.sha256(f"{model}\n{endpoint}".encode()).hexdigest()[:16]


def granted(home: Path, model: str, endpoint: str, prompts: Prompts) -> frozenset[Role]:
    """The roles a model may take: passed often enough, on the set of questions and the prompts of today."""
    record = find(home, model, endpoint)
    if record is None or record.questions != load_questions().version:
        return frozenset()
    hashes = prompts.sha256s
    return frozenset(
        role
        for role, earned in record.roles.items()
        if earned.granted and earned.passed >= PASS_RATE * earned.asked and earned.prompt_sha256 == hashes.get(role)
    )
