"""The ledger: typed facts with ids and hashes, in the order in which they were gathered.

Everything a draft says points at a fact here, written `E3.face.similarity`: an evidence id, a dot, a fact name.
A source that could not answer leaves an `Unavailable`, never a gap.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Value = bool | int | float | str
"""Dates are ISO 8601 text, so that a saved ledger reads back as it was written."""
Kind = Literal["flag", "count", "number", "category", "date", "text"]
Fault = Literal["ours", "setup", "customer", "policy"]
AttachmentRole = Literal["document", "back", "selfie", "clip"]
Trust = Literal["measured", "recorded", "stated"]
"""measured by a model here; recorded by the exchange's own systems; stated by the customer, and so hostile."""


LABEL = r"^([^\W\d_][^\d().;]*)?$"
"""What a sentence may call a fact: words that begin with a letter and stand in the middle of a sentence."""


class Frozen(BaseModel):
    """A value object: equal by content, never changed after it was made, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FactSpec(Frozen):
    """What a fact can be, declared once by the tool that makes it. Policy and draft are checked against it.

    `label` is what a sentence calls it, where that is not the words of its name; it holds no digit. `noise` is the
    standard deviation of repeated measurements, 0 for what is counted or recorded. `none_where` names a count of the
    same tool: where that is 0 there is nothing this fact could be of, so it is known to have no value. A fact that is
    left out in any other case is unknown. Where records are incomplete, what is known of them is told from `least` on
    (up to `most`): the whole is then no less (no more), so nothing beyond it may be compared with the fact.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    kind: Kind
    meaning: str
    unit: str = ""
    label: str = Field("", pattern=LABEL)
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    noise: float = 0.0
    none_where: str = ""
    least: float | None = None
    most: float | None = None


class Fact(Frozen):
    """One named value. Its kind, unit and meaning stand in the FactSpec of the same name."""

    name: str
    value: Annotated[Value, Field(union_mode="smart")]
    unit: str = ""


class Provenance(Frozen):
    """Where evidence came from: the tool and its version, what it was asked, which source answered, as of when."""

    tool: str
    version: str
    arguments: str = "{}"
    source: str = ""
    as_of: str = ""


class Exhibit(Frozen):
    """Something to look at that no rule reads: `content` is JSON, its shape given by `kind`.

    timeline: [{"at", "what", "amount"?, "place"?}];
    graph: {"nodes": [{"id", "kind", "label"}], "edges": [[a, b, why]]};
    boxes: [{"box": [x, y, w, h], "label", "severity"}] on the attachment `of`; heatmap: {"png": base64} on `of`;
    quotes: [{"at", "text"}], customer text to be escaped;
    fields: [{"name", "application"?, "visual"?, "mrz"?, "barcode"?, "agreement", "pairs"}];
    checks: [{"name", "result", "meaning", "value", "limit"}].
    """

    kind: Literal["timeline", "graph", "boxes", "heatmap", "quotes", "fields", "checks"]
    title: str
    content: str
    of: str = ""


class Evidence(Frozen):
    """The facts one tool call produced. `notes` says of each fact that the tool declares and left out why it did,
    `faults` whose fault that is, as in `Unavailable`: a fact that it does not name is the customer's to mend, by
    sending the attachments of `roles` (again)."""

    id: str
    tool: str
    trust: Trust
    facts: tuple[Fact, ...]
    provenance: Provenance
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    faults: dict[str, Fault] = Field({}, exclude_if=lambda faults: not faults)
    roles: tuple[AttachmentRole, ...] = Field((), exclude_if=lambda roles: not roles)

    @property
    def sha256(self) -> str:
        return fingerprint(self)


class Unavailable(Frozen):
    """A tool that did not answer, and why. Its facts are unknown, and unknown never reads as innocent.

    `fault` tells whom another try is for: the customer where a file is missing or unusable, nobody where the call is
    not permitted here (policy) or nothing is set up to answer it (setup), else ourselves. `roles` are the attachments
    that the customer would have to send (again). `begun` is False where it is certain that the tool had not begun with
    what it does: a search that failed before it was made was not made.
    """

    id: str
    tool: str
    reason: str
    fault: Fault = "ours"
    provenance: Provenance
    roles: tuple[AttachmentRole, ...] = Field((), exclude_if=lambda roles: not roles)
    begun: bool = Field(True, exclude_if=lambda begun: begun)

    @property
    def sha256(self) -> str:
        return fingerprint(self)


class Ledger(Frozen):
    """An append-only sequence of evidence. Appending returns a new ledger; the root hash covers all of it."""

    entries: tuple[Evidence | Unavailable, ...] = ()

    @property
    def root(self) -> str:
        return hashlib.sha256("".join(entry.sha256 for entry in self.entries).encode()).hexdigest()

    @property
    def next_id(self) -> str:
        return f"E{len(self.entries) + 1}"

    def append(self, entry: Evidence | Unavailable) -> Ledger:
        if entry.id != self.next_id:
            raise ValueError(f"evidence {entry.id!r} is out of order; the next id is {self.next_id!r}")
        return Ledger(entries=(*self.entries, entry))

    def resolve(self, reference: str) -> Fact | None:
        """The fact a reference such as `E3.face.similarity` points at, None where there is none."""
        evidence_id, _, name = reference.partition(".")
        for entry in self.entries:
            if entry.id == evidence_id and isinstance(entry, Evidence):
                return next((fact for fact in entry.facts if fact.name == name), None)
        return None


def fingerprint(model: BaseModel) -> str:
    """sha256 over the canonical JSON of a frozen value: sorted keys, no spaces."""
    text = json.dumps(model.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
