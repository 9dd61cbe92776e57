"""What every test shares: no setting of this machine reaches a test, and a case and its file to start from."""

import hashlib
import io
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import settings as hypothesis_settings
from pydantic import BaseModel

from agent.case import Case, CaseFile, Draft, Finding, Flag, ModelCall, Recommendation, Review, Role, Statement
from agent.desk import Desk
from agent.llm import Message, Model, request_sha256
from agent.policy.model import Policy, load_policy
from agent.settings import Settings
from agent.store import Store
from evals.world.build import build
from prompts import Prompts
from tools.evidence import Evidence, Fact, FactSpec, Ledger, Provenance, Unavailable
from tools.tool import AnyTool, Found, NoArguments, Sources, Subject, Tool

pytest_plugins = ["chatting", "postgres", "spark"]
hypothesis_settings.register_profile("casework", deadline=None, max_examples=50)
hypothesis_settings.load_profile("casework")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings come from the test alone, and state goes to its own folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))


@pytest.fixture
def make_case() -> Callable[..., Case]:
    def make(case_id: str = "C-1", **changes: Any) -> Case:
        fields: dict[str, Any] = {
            "case_id": case_id,
            "type": "kyc",
            "customer_id": f"U-{case_id}",
            "flagged_at": "2026-11-01T08:00:00Z",
            "due_at": "2026-11-03T08:00:00Z",
            "flags": (Flag(code="document_forgery", raised_at="2026-11-01T08:00:00Z"),),
            "exposure_usd": 1200.0,
        }
        return Case.model_validate(fields | changes)

    return make


@pytest.fixture
def make_file(make_case: Callable[..., Case]) -> Callable[..., CaseFile]:
    """A small case file: two pieces of evidence, one source that failed, one adverse finding, `escalate`."""

    def make(case: Case | None = None, attempt: int = 1, **changes: Any) -> CaseFile:
        case = case or make_case()
        fields: dict[str, Any] = {
            "case": case,
            "attempt": attempt,
            "ledger": _ledger(),
            "policy_sha256": "p" * 64,
            "findings": (_FINDING,),
            "recommendation": Recommendation(
                disposition="escalate",
                confidence=0.93,
                row="any-adverse",
                possible=("escalate",),
                open_facts=(),
                missing=(),
                flips=(),
            ),
            "calls": (),
            "roles": (),
            "prompts": {},
            "model": "",
            "draft": Draft(
                case_id=case.case_id,
                disposition="escalate",
                confidence=0.93,
                reason_codes=("FACE_MISMATCH",),
                statements=(_STATEMENT,),
            ),
            "timings_ms": {"gather": 12.5},
        }
        return CaseFile.model_validate(fields | changes)

    return make


@pytest.fixture
def make_review() -> Callable[..., Review]:
    def make(file: CaseFile, **changes: Any) -> Review:
        fields: dict[str, Any] = {
            "case_id": file.case.case_id,
            "attempt": file.attempt,
            "reviewer": "ada",
            "disposition": file.draft.disposition,
            "outcome": "worth_reviewing",
            "reason_code": "FACE_MISMATCH",
            "cited": (),
            "comment": "",
            "draft_sha256": file.sha256,
            "decided_at": "2026-11-01T09:00:00Z",
        }
        return Review.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small simulated exchange without pictures, and a home whose queue holds its cases; nobody may write to it."""
    folder = tmp_path_factory.mktemp("exchange")
    built = build(folder / "world", seed=1, customers=60, cases=8, images=False)
    store = Store(folder / "home")
    store.add_cases(built.cases)
    store.close()
    before = _contents(folder)
    yield folder
    assert _contents(folder) == before, "a test wrote to the exchange that all tests share"


def _contents(folder: Path) -> dict[Path, str]:
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def home(exchange: Path, tmp_path: Path) -> Path:
    """A home of this test's own, with the cases of the exchange in its queue."""
    return Path(shutil.copytree(exchange / "home", tmp_path / "home"))


@pytest.fixture
def casework(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process: exit code, stdout and stderr of one command."""
    from agent.cli import QUIET
    from agent.cli import run as command

    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, answers: str = "") -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["casework", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        code = command()
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Interrupts as at a terminal, in this process and those it starts: who starts tests in the background has them
    ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


_FINDING = Finding(
    rule="FACE-02",
    reason_code="FACE_MISMATCH",
    severity="adverse",
    title="Selfie does not match the document portrait",
    references=("E1.face.similarity",),
    text="The selfie and the document portrait differ: similarity 0.21.",
)
_STATEMENT = Statement(
    text=_FINDING.text, references=_FINDING.references, source="template", rules=("FACE-02",), part="summary"
)


def _ledger() -> Ledger:
    asked = [Provenance(tool=name, version="1") for name in ("face.match", "sql.velocity", "liveness.assess")]
    face = (Fact(name="face.similarity", value=0.21), Fact(name="face.quality", value=0.8))
    deposits = (Fact(name="activity.deposits_24h", value=3),)
    return Ledger(
        entries=(
            Evidence(id="E1", tool="face.match", trust="measured", facts=face, provenance=asked[0]),
            Evidence(id="E2", tool="sql.velocity", trust="recorded", facts=deposits, provenance=asked[1]),
            Unavailable(id="E3", tool="liveness.assess", reason="not assessed: no weights", provenance=asked[2]),
        )
    )


TINY_POLICY = {
    "thresholds": """
- {name: limit, value: 3, meaning: counts from which a tool speaks against the customer, source: this test}
""",
    "rules": """
- id: TINY-01
  reason_code: MANY
  title: Many of them
  when: a.count >= threshold.limit
  severity: adverse
  group: payments
  says: "There are {a.count} of them."
  owner: tests
  effective: 2020-01-01
- id: TINY-02
  reason_code: ODD
  title: An odd one
  when: b.odd
  severity: suspicious
  group: access
  says: "One of them is odd."
  customer_text: "Please tell us more."
  owner: tests
  effective: 2020-01-01
- id: TINY-03
  reason_code: KNOWN
  title: Known for long
  when: c.days > 100
  severity: mitigating
  group: access
  says: "Known for {c.days}."
  owner: tests
  effective: 2020-01-01
""",
    "dispositions": """
- {id: many, when: adverse, then: escalate, why: Many.}
- {id: odd, when: suspicious > mitigating, then: request_information, why: Odd.}
- {id: clean, when: "true", then: approve, why: Nothing.}
""",
    "evidence": """
- {case: kyc, mandatory: [one]}
- {missing: "", then: escalate, why: A person looks.}
""",
}


@dataclass
class Tiny:
    """A tiny review: three tools whose answers a test may set, a policy of three rules, one case.

    Only `one` is mandatory. `two` tells whether something is odd, the dearer `three` how long the customer is known. An
    answer that is an exception is raised by the tool, None leaves its fact unknown, a function is called for it.
    """

    store: Store
    settings: Settings
    case: Case
    policy: Policy
    answers: dict[str, Any] = field(default_factory=lambda: {"one": 1, "two": False, "three": 20})
    asked: list[str] = field(default_factory=list)

    def desk(self, model: Model | None = None, roles: Iterable[Role] = (), **settings: Any) -> Desk:
        facts = {"one": ("a.count", "count", 1.0), "two": ("b.odd", "flag", 1.0), "three": ("c.days", "count", 2.0)}
        tools = {name: self._tool(name, *rest) for name, rest in facts.items()}
        sources = Sources(warehouse=cast(Any, None), vision=cast(Any, None), files=Path())
        chosen = self.settings.model_copy(update=settings)
        return Desk(chosen, self.store, self.policy, Prompts.load(), sources, model, frozenset(roles), tools)

    def _tool(self, name: str, fact: str, kind: Any, cost: float) -> AnyTool:
        def run(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
            self.asked.append(name)
            answer = self.answers[name]
            if callable(answer):
                answer = answer()
            if isinstance(answer, BaseException):
                raise answer
            return Found(facts={} if answer is None else {fact: answer})

        spec = FactSpec(name=fact, kind=kind, meaning=f"what {name} tells", unit="days" if name == "three" else "")
        return Tool(name, f"Asks {name}.", run, NoArguments, (spec,), "recorded", cost)


@pytest.fixture
def tiny(tmp_path: Path, store: Store, make_case: Callable[..., Case]) -> Tiny:
    folder = tmp_path / "policy"
    folder.mkdir()
    for name, text in TINY_POLICY.items():
        (folder / f"{name}.yaml").write_text(text)
    case = make_case()
    store.add_cases([case])
    settings = Settings(casework_home=store.path.parent, policy_dir=folder)
    return Tiny(store, settings, case, load_policy(folder))


def scripted(answers: Iterable[str]) -> Model:
    """A model that gives these answers in turn, and then nothing but errors."""
    return _Scripted(iter(answers))


@dataclass
class _Scripted:
    left: Iterator[str]
    name: str = "scripted"

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        answer = next(self.left, "")
        return ModelCall(
            role=role,
            prompt="",
            prompt_sha256="",
            request_sha256=request_sha256(role, messages, schema, max_tokens),
            answer=answer,
            error="" if answer else "no more answers",
            model=self.name,
            tokens_in=100,
            tokens_out=10,
        )


@pytest.fixture
def make_model() -> Callable[..., Model]:
    return lambda *answers: scripted(answers)
