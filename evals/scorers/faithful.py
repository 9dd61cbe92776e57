"""Whether a draft tells truly what would change it: the facts are changed as it says, and the policy is asked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from agent.case import CaseFile, Disposition
from agent.policy.decide import weighed
from agent.policy.model import Policy
from agent.policy.stability import MOST_FLIPS
from evals.scorers.claims import Changes, Claim, read_flip
from tools.evidence import Evidence, Fact, FactSpec, Frozen, Ledger, Unavailable, Value
from tools.registry import all_tools, fact_specs

SAMPLE = 5
"""How many cited facts that no flip names are tried in each case."""


class Faithful(Frozen):
    """What a draft claims and how much of it holds. `claims` are the changes it says would lead elsewhere, `steady` the
    cited facts that it does not name so, moved all the same within the bounds its findings state. `omitted_facts` made
    an adverse rule fire and are cited nowhere. `failed` names each claim that does not hold by its references."""

    claims: int
    held: int
    steady: int
    steady_held: int
    omitted_facts: int
    share: float | None
    failed: tuple[str, ...]


def faithful(file: CaseFile, policy: Policy) -> Faithful:
    """Score one saved review with the policy it was made with.

    A draft that does not recommend what the policy does, as where a language model raised the case, claims nothing.
    Raises ValueError where the policy is another one.
    """
    if policy.sha256 != file.policy_sha256:
        raise ValueError(f"case {file.case.case_id!r} was not reviewed with policy {policy.sha256[:12]!r}")
    specs = fact_specs()
    speaks = outcome(file, policy, {}) == file.draft.disposition
    flips = [read_flip(told, specs) for told in file.draft.statements if told.part == "flip"] if speaks else []
    steady = list(_steady(file, specs)) if speaks else []
    broken = [why for each in flips if (why := _broken(each, file, policy))]
    loose = [why for each in steady if (why := _broken(each, file, policy))]
    n = len(flips) + len(steady)
    return Faithful(
        claims=len(flips),
        held=len(flips) - len(broken),
        steady=len(steady),
        steady_held=len(steady) - len(loose),
        omitted_facts=_omitted(file),
        share=1 - (len(broken) + len(loose)) / n if n else None,
        failed=(*broken, *loose),
    )


def outcome(file: CaseFile, policy: Policy, changes: Changes) -> Disposition:
    """What the policy recommends on the case's ledger after some changes."""
    ledger = Ledger(entries=tuple(_changed(entry, changes) for entry in file.ledger.entries))
    case = file.case
    scales = weighed(policy, case.type, case.flagged_at, ledger, all_tools())
    return scales.disposition({}) if scales else "escalate"


def _changed(entry: Evidence | Unavailable, changes: Changes) -> Evidence | Unavailable:
    mine = {ref.partition(".")[2]: value for ref, value in changes.items() if ref.partition(".")[0] == entry.id}
    if not mine or isinstance(entry, Unavailable):
        return entry
    gone = [fact_specs()[name] for name, value in mine.items() if value is None]
    mine |= {spec.none_where: 0 for spec in gone if spec.none_where}  # nothing is left that they could be of
    told = [(fact, mine.get(fact.name, fact.value)) for fact in entry.facts]
    facts = tuple(Fact(name=fact.name, value=value, unit=fact.unit) for fact, value in told if value is not None)
    return entry.model_copy(update={"facts": facts})


def _broken(claim: Claim, file: CaseFile, policy: Policy) -> str:
    """Why a claim does not hold, empty where it does."""
    subject = " and ".join(claim.references)
    if claim.then is None or not claim.trials:
        return f"{subject}: the claim cannot be read"
    for trial in claim.trials:
        came = outcome(file, policy, trial)
        if came != claim.then:
            return f"{subject}: {claim.then} was claimed, {came} comes of it"
    return ""


def _steady(file: CaseFile, specs: Mapping[str, FactSpec]) -> Iterator[Claim]:
    """Cited facts that no flip names, each with changes that must leave the disposition.

    A number is moved half the way to each threshold that the findings hold it against. A flag is turned only where the
    flips are all the single changes there are, so that to be left out is a claim.
    """
    listed = file.recommendation.flips
    named = {change.reference for flip in listed for change in flip.changes}
    complete = len(listed) < MOST_FLIPS or any(len(flip.changes) > 1 for flip in listed)
    cited = {reference for told in file.draft.statements if told.part != "flip" for reference in told.references}
    found = 0
    for reference in sorted(cited - named, key=lambda each: sha256(f"{file.case.case_id} {each}".encode()).digest()):
        fact = file.ledger.resolve(reference)
        if fact is None or fact.name not in specs or found == SAMPLE:
            continue
        moved = tuple(_within(reference, fact, file, complete))
        if moved:
            found += 1
            yield Claim((reference,), file.draft.disposition, tuple({reference: value} for value in moved))


def _within(reference: str, fact: Fact, file: CaseFile, complete: bool) -> Iterator[Value]:
    value = fact.value
    if isinstance(value, bool):
        yield from (not value,) if complete else ()
    elif not isinstance(value, str):
        for bound in _bounds(reference, file):
            half = (value + bound) / 2
            moved = value + int(half - value) if isinstance(value, int) else half
            if moved not in (value, bound):
                yield moved


def _bounds(reference: str, file: CaseFile) -> tuple[float, ...]:
    """The nearest threshold below and above that the findings hold the fact against."""
    held = [
        leaf for finding in file.findings for leaf in finding.trace if f"{leaf.evidence_id}.{leaf.fact}" == reference
    ]
    away = [leaf.distance for leaf in held if leaf.distance]
    values = [leaf.value for leaf in held if isinstance(leaf.value, int | float)]
    below, above = [d for d in away if d > 0], [d for d in away if d < 0]
    nearest = ([min(below)] if below else []) + ([max(above)] if above else [])
    return tuple(values[0] - distance for distance in nearest)


def _omitted(file: CaseFile) -> int:
    cited = {reference for told in file.draft.statements for reference in told.references}
    return len(
        {each for finding in file.findings if finding.severity == "adverse" for each in finding.references} - cited
    )
