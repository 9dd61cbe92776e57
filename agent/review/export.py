"""What an auditor is handed of all cases: the audit trails entry by entry, each beside the hashes of what its draft was
made of, and the texts of the policies and prompts by theirs. A value of these kinds is one line of the file.

No line holds a picture or what a customer is, sent or wrote; evidence stands there by its hash alone.
"""

from __future__ import annotations

from typing import Literal

from tools.evidence import Frozen

HOLDS = (
    "names and logins of reviewers, and of who added, searched, deferred or reopened a case",
    "the reasons that they gave for reopening a case, in their own words",
    "ids of cases",
)
"""The personal data that is in it."""
LACKS = (
    "names, dates, addresses, messages, documents and pictures of customers: evidence and files stand there by hash",
    "comments of reviewers and the wording of drafts: `casework show CASE --attempt N --json` has them",
)
HASHES = (
    "sha256 of an entry: of its fields case_id to previous and an empty sha256, as JSON with sorted keys and no blanks",
    "previous: the sha256 of the entry before it in its case, 64 zeros for the first",
    "sha256 of a text: a prompt's of its bytes, a policy's of its JSON with sorted keys and no blanks",
    "ledger: of the sha256 of the evidence, joined in order; draft: what content.file of its entries names",
)


class About(Frozen):
    """The first line: what this is, what personal data it holds and does not, and how its hashes are made."""

    line: Literal["about"] = "about"
    at: str
    version: str
    cases: int
    holds: tuple[str, ...] = HOLDS
    lacks: tuple[str, ...] = LACKS
    hashes: tuple[str, ...] = HASHES


class Text(Frozen):
    """A policy or a prompt (`name`) that drafts were made with."""

    line: Literal["text"] = "text"
    name: str
    sha256: str
    body: str


class Exhibited(Frozen):
    """One piece of evidence of a draft."""

    id: str
    tool: str
    sha256: str


class Origin(Frozen):
    """What a draft was made of, by hash. `files` are those of the attached files by role; `version` is the casework
    that made it, empty where none was kept."""

    sha256: str
    version: str
    model: str
    policy_sha256: str
    prompts: dict[str, str]
    ledger: str
    evidence: tuple[Exhibited, ...]
    files: dict[str, str]


class Entry(Frozen):
    """An entry of a case's trail as it is stored, then what it tells of: at which login it was made (empty where that
    was not kept), on which draft, and the evidence that was cited."""

    line: Literal["entry"] = "entry"
    case_id: str
    sequence: int
    at: str
    actor: str
    action: str
    content: str
    previous: str
    sha256: str
    login: str = ""
    attempt: int | None = None
    cited: tuple[str, ...] = ()
    draft: Origin | None = None


class End(Frozen):
    """The last line, without which a file is cut short."""

    line: Literal["end"] = "end"
    texts: int
    entries: int


Line = About | Text | Entry | End
