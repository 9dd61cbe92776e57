"""The nouns of a review, frozen, from the flag to what the human decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from tools.evidence import AttachmentRole, Fault, Frozen, Ledger, Value, fingerprint
from tools.tool import Attachment, Subject

CaseType = Literal["kyc", "account_takeover", "transactions", "p2p", "sanctions", "ring"]
Disposition = Literal["approve", "request_resubmission", "request_information", "escalate", "reject"]
Severity = Literal["adverse", "suspicious", "mitigating"]
Truth = Literal["true", "false", "unknown"]
Outcome = Literal["confirmed_fraud", "worth_reviewing", "false_positive", "inconclusive"]
Status = Literal["open", "drafted", "awaiting_second", "awaiting_customer", "deferred", "closed"]

Role = Literal["merge", "word", "question", "investigate"]
"""What a language model may be asked to do."""

DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)
ROLES: tuple[Role, ...] = get_args(Role)
SETTLED: frozenset[Status] = frozenset({"closed", "awaiting_customer"})
FRAUD: Mapping[Outcome, bool] = {"confirmed_fraud": True, "false_positive": False}
"""The outcomes that say whether it was fraud."""


MENDABLE: frozenset[Fault | None] = frozenset({None, "customer"})
"""The faults that a customer could mend."""


Wanted = Annotated[str, Field(pattern=r"^(document|back|selfie|clip|addresses)(\.[a-z_]+)?$")]
"""What a text asks the customer for: an attachment or the owners of addresses, or what is needed of it, as in
`document.sharp`."""


class Flag(Frozen):
    """What an upstream system raised: a code such as `document_forgery`, and when (ISO 8601, UTC)."""

    code: str
    raised_at: str


class Case(Frozen):
    """A flagged case as pulled from the store. `source` is the folder that holds its warehouse and attached files."""

    case_id: str
    type: CaseType
    customer_id: str
    flagged_at: str
    due_at: str
    flags: tuple[Flag, ...]
    attachments: tuple[Attachment, ...] = ()
    exposure_usd: float = 0.0
    source: str = ""

    @property
    def subject(self) -> Subject:
        return Subject(customer_id=self.customer_id, as_of=self.flagged_at, attachments=self.attachments)


class Leaf(Frozen):
    """One comparison of a rule as it was evaluated.

    `distance` is value minus threshold in the fact's unit, None where either is not a number; `threshold_name` is empty
    for a literal.
    """

    fact: str
    evidence_id: str
    value: Value | None
    comparator: str
    threshold: Value | tuple[Value, ...] | None
    threshold_name: str = ""
    distance: float | None = None
    truth: Truth


class Finding(Frozen):
    """A rule that fired. `references` are the facts that made it fire, as `E3.face.similarity`; `text` is the policy's
    own sentence, rendered from the ledger; `asks` is what its `customer_text` asks for, as the policy has it."""

    rule: str
    reason_code: str
    severity: Severity
    title: str
    references: tuple[str, ...]
    text: str
    customer_text: str = ""
    asks: tuple[Wanted, ...] = Field((), exclude_if=lambda asks: not asks)
    trace: tuple[Leaf, ...] = ()


class Change(Frozen):
    """One fact that would have to differ: what it is now, and in plain words what it would have to be."""

    fact: str
    reference: str
    now: Value
    becomes: str


class Flip(Frozen):
    """A smallest set of changes that leads to another disposition."""

    changes: tuple[Change, ...]
    disposition: Disposition


class Missing(Frozen):
    """Evidence that could not be had: which facts, of which tool, why, and whether it could change the outcome. `fault`
    tells whose it is; None where a tool answered without these facts and the customer could mend that. `roles` are the
    attachments that would have to come (again)."""

    facts: tuple[str, ...]
    tool: str
    reason: str
    matters: bool
    fault: Fault | None = None
    roles: tuple[AttachmentRole, ...] = Field((), exclude_if=lambda roles: not roles)

    @property
    def mendable(self) -> bool:
        """Whether the customer could mend it by sending something else."""
        return self.fault in MENDABLE


class Recommendation(Frozen):
    """The outcome of the policy. `possible` holds every disposition that the unknown facts still allow, `open_facts`
    those that separate them; `confidence` in [0, 1] is how likely it is to stand under measurement noise."""

    disposition: Disposition
    confidence: float = Field(ge=0, le=1)
    row: str
    possible: tuple[Disposition, ...]
    open_facts: tuple[str, ...]
    missing: tuple[Missing, ...]
    flips: tuple[Flip, ...]


class Statement(Frozen):
    """One sentence of the draft, with the references it rests on and the rules it speaks of."""

    text: str
    references: tuple[str, ...]
    source: Literal["model", "template"]
    rules: tuple[str, ...] = ()
    part: Literal["summary", "finding", "for_customer", "missing", "flip"] = "finding"


class Draft(Frozen):
    """The one page a reviewer reads. `customer_message` is made of customer-visible texts alone, empty unless the
    disposition asks the customer for something."""

    case_id: str
    disposition: Disposition
    confidence: float
    reason_codes: tuple[str, ...]
    statements: tuple[Statement, ...]
    customer_message: str = ""
    notes: tuple[str, ...] = ()


class ModelCall(Frozen):
    """One exchange with a language model, kept so that a review can be replayed offline. `prompt` names what it was
    asked with; `answer` is empty where there was none, and `error` says why. `agent` is the plain agent of evaluations,
    no role of a review."""

    role: Role | Literal["agent"]
    prompt: str = ""
    prompt_sha256: str = ""
    request_sha256: str
    answer: str = ""
    error: str = ""
    model: str
    tokens_in: int = 0
    tokens_out: int = 0


class CaseFile(Frozen):
    """Everything one review was made of and came to. It replays: the draft is a function of what stands above it.

    `files` holds the sha256 of the attached files by path as they were when their measurement began, without those that
    could not be read; None where nobody looked. `version` is that of the casework that made it, for whoever wants to
    replay it when the code has changed; empty where an older one kept none.
    """

    case: Case
    attempt: int
    ledger: Ledger
    policy_sha256: str
    findings: tuple[Finding, ...]
    recommendation: Recommendation
    calls: tuple[ModelCall, ...]
    roles: tuple[Role, ...]
    prompts: dict[str, str]
    model: str
    draft: Draft
    timings_ms: dict[str, float]
    files: dict[str, str] | None = Field(None, exclude_if=lambda files: files is None)
    version: str = Field("", exclude_if=lambda version: not version)

    @property
    def sha256(self) -> str:
        """Fingerprint of all that replays; wall times are left out because they never do."""
        return fingerprint(self.model_copy(update={"timings_ms": {}}))


class Review(Frozen):
    """What a person decided on a draft, and why. `reviewer` is the name they gave, `login` the operating system's for
    whoever ran the command; empty where an older version kept none."""

    case_id: str
    attempt: int
    reviewer: str
    disposition: Disposition
    outcome: Outcome
    reason_code: str
    cited: tuple[str, ...]
    comment: str
    draft_sha256: str
    decided_at: str
    login: str = Field("", exclude_if=lambda login: not login)


class AuditEntry(Frozen):
    """One link of a case's chain: `sha256` covers the entry and `previous`, the hash of the link before."""

    case_id: str
    sequence: int
    at: str
    actor: str
    action: str
    content: str
    previous: str
    sha256: str
