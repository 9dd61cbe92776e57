"""What a person wants done with a case, made into a Review: defaults filled in, rules checked, the graph resumed."""

from __future__ import annotations

from dataclasses import dataclass

from agent.audit import now
from agent.case import Case, CaseFile, Disposition, Outcome, Review, Severity, Status
from agent.desk import Desk, file_hashes, policy_for
from agent.draft.plan import RANK
from agent.errors import ReviewRefused
from agent.policy.model import Policy
from agent.review.allowed import changes, check_fresh, check_meanwhile, check_text, history, next_status
from agent.review.names import check_name
from agent.runner import alone, conclude
from agent.settings import Settings, login_name
from agent.store import Store
from prompts import Prompts

NO_FINDING = "NO_FINDING"
SHORTEST = 8
"""Characters of a hash that tell one draft of a case from another."""


@dataclass(frozen=True)
class Wish:
    """What a person asks for. No disposition accepts the recommended one; `seen` is the draft they looked at, by its
    sha256 or at least eight characters of its beginning, None for the newest; `known` is how many reviews of the case
    they had seen, None for all."""

    reviewer: str
    outcome: Outcome
    reason_code: str
    disposition: Disposition | None = None
    cited: tuple[str, ...] = ()
    comment: str = ""
    seen: str | None = None
    known: int | None = None


def reason_codes(policy: Policy) -> dict[str, Severity | None]:
    """Every reason code that the policy knows with its gravest severity, and the one for a decision that no finding
    speaks for."""
    gravest_last = sorted(policy.rules, key=lambda rule: (rule.reason_code, -RANK[rule.severity]))
    return {**{rule.reason_code: rule.severity for rule in gravest_last}, NO_FINDING: None}


def decide(store: Store, settings: Settings, case_id: str, wish: Wish) -> tuple[Review, Status]:
    """Record what a person decided on the newest draft of a case, and say where it leaves the case.

    Raises ReviewRefused where the rules of `agent.review.allowed` do not allow it.
    """
    case = store.case(case_id)
    policy = policy_for(case.source, settings)
    desk = Desk(settings=settings, store=store, policy=policy, prompts=Prompts({}))
    decided: list[Review] = []

    def allowed() -> tuple[Review, Status]:
        review, status = _allowed(store, settings, case, policy, wish)
        decided.append(review)
        return review, status

    check_text(reviewer=wish.reviewer, comment=wish.comment, citation=" ".join(wish.cited))
    status = conclude(desk, case, allowed)
    return decided[0], status


def outdated(store: Store, settings: Settings, file: CaseFile) -> tuple[str, ...]:
    """What is no longer as it was when a draft was made, so that nobody decides on it; nothing where all is."""
    case = store.case(file.case.case_id)
    return changes(file, case, file_hashes(case), policy_for(case.source, settings).sha256)


def check(store: Store, settings: Settings, case_id: str, wish: Wish) -> Status:
    """Where a decision would leave its case as everything stands now; nothing is recorded. Raises as `decide` does."""
    case = store.case(case_id)
    return _allowed(store, settings, case, policy_for(case.source, settings), wish)[1]


def _allowed(store: Store, settings: Settings, case: Case, policy: Policy, wish: Wish) -> tuple[Review, Status]:
    check_name(wish.reviewer, settings.roster)
    file, decided = _newest(store, case.case_id), store.decided(case.case_id)
    review = _review(file, wish)
    if wish.known is not None:
        check_meanwhile([each for each, _ in decided], wish.known)
    check_fresh(file, changes(file, case, file_hashes(case), policy.sha256))
    status = store.status(case.case_id)
    return review, next_status(review, file, history(decided), status, reason_codes(policy))


def defer(store: Store, case_id: str, reviewer: str) -> Status:
    """Put an open or drafted case aside for later. Nobody else can touch it between the look and the change.

    Raises ReviewRefused where it stands elsewhere, or where another process works on it.
    """
    check_text(reviewer=reviewer)
    check_name(reviewer)
    with alone(store.path.parent, case_id):
        status = store.status(case_id)
        if status not in ("open", "drafted"):
            raise ReviewRefused(f"case {case_id!r} is {status!r}", "only open and drafted cases can be deferred")
        store.set_status(case_id, "deferred", reviewer, "deferred", f"defer:{len(store.audit(case_id))}")
    return "deferred"


def _newest(store: Store, case_id: str) -> CaseFile:
    file = store.latest_file(case_id)
    if file is None:
        raise ReviewRefused(f"case {case_id!r} has no draft to decide on", f"run `casework review {case_id}`")
    return file


def _review(file: CaseFile, wish: Wish) -> Review:
    return Review(
        case_id=file.case.case_id,
        attempt=file.attempt,
        reviewer=wish.reviewer.strip(),
        disposition=wish.disposition or file.draft.disposition,
        outcome=wish.outcome,
        reason_code=wish.reason_code,
        cited=wish.cited,
        comment=wish.comment,
        draft_sha256=_seen(wish, file),
        decided_at=now(),
        login=login_name(),
    )


def _seen(wish: Wish, file: CaseFile) -> str:
    begins = wish.seen is not None and len(wish.seen) >= SHORTEST and file.sha256.startswith(wish.seen.lower())
    return file.sha256 if wish.seen is None or begins else wish.seen
