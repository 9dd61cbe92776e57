"""Rebuilding a saved case file from what stands in it: offline, bit for bit, or naming where it first differs.

Nothing is measured or asked again. Evidence comes from the saved ledger, the policy and prompts from the store by their
hashes, and a model's answers from the record, each only to the very question it was an answer to.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from agent import steps
from agent.case import CaseFile, ModelCall
from agent.desk import Desk
from agent.errors import PolicyError, ReplayDiverged
from agent.llm.tape import Tape
from agent.nodes import plain
from agent.policy.model import Policy
from agent.settings import Settings
from agent.steps import Material
from agent.store import Store
from agent.version import this_version
from prompts import SUFFIX, BadPrompt, Prompts, parse
from tools.evidence import Ledger

GONE = "nothing"


def replay(file: CaseFile, store: Store, settings: Settings) -> CaseFile:
    """The case file as it comes out when it is made again from its own inputs.

    Raises ReplayDiverged, naming the first thing that differs, where that is not the file that was saved.
    """
    tape = Tape(file.calls)
    tape.name = file.model
    desk = _desk(file, store, settings, tape)
    asked = _investigate(desk, file, tape)

    findings = steps.fire(desk, file.case, file.ledger)
    _same("findings", [plain(each) for each in file.findings], [plain(each) for each in findings])
    recommendation = steps.decide(desk, file.case, file.ledger, asked)
    _same("recommendation", plain(file.recommendation), plain(recommendation))

    material = Material(
        case=file.case, ledger=file.ledger, findings=findings, recommendation=recommendation, files=file.files
    )
    proposal = steps.draft(desk, material, desk.model)
    tape.check_finished()
    made = steps.ground(desk, file.attempt, material, proposal, (*asked, *proposal.calls), file.timings_ms)
    rebuilt = made.model_copy(update={"version": file.version})
    _same("case file", plain(file), plain(rebuilt))
    return rebuilt


def _desk(file: CaseFile, store: Store, settings: Settings, tape: Tape) -> Desk:
    return Desk(
        settings=settings,
        store=store,
        policy=policy_of(file, store),
        prompts=_prompts(file, store),
        model=tape if file.model else None,
        roles=frozenset(file.roles),
    )


def policy_of(file: CaseFile, store: Store) -> Policy:
    """The policy that a draft was made with, from the store.

    Raises ReplayDiverged where this version of casework has policies of another form.
    """
    try:
        policy = Policy.from_json(store.policy(file.policy_sha256))
    except PolicyError as error:
        what = f"the policy of attempt {file.attempt} of case {file.case.case_id!r} has another format: {error.what}"
        raise ReplayDiverged(what, _elsewhere(file)) from error
    _same("policy", file.policy_sha256, policy.sha256)
    return policy


def _elsewhere(file: CaseFile) -> str:
    """What to do about a draft of a version whose policies or prompts are of another form."""
    again = f"draft the case again, `casework review {file.case.case_id}` (if it is closed, --reopen --reason WHY)"
    maker = f"casework {file.version}" if file.version else "the version"
    return f"{again}, or use {maker} that made this draft; this is {this_version()}"


def _prompts(file: CaseFile, store: Store) -> Prompts:
    """The prompts as they were, from the store."""
    kept = {name: store.prompt(name, sha256) for name, sha256 in file.prompts.items()}
    try:
        prompts = Prompts({name: parse(Path(name + SUFFIX), text) for name, text in kept.items()})
    except BadPrompt as error:
        what = f"a prompt of the review has another format: {error.what}"
        raise ReplayDiverged(what, _elsewhere(file)) from error
    _same("prompts", file.prompts, prompts.sha256s)
    return prompts


def _investigate(desk: Desk, file: CaseFile, tape: Tape) -> tuple[ModelCall, ...]:
    """Choose each further piece of evidence again, given what was known before it."""
    entries, model = file.ledger.entries, tape if file.model else None
    mandatory = desk.policy.mandatory(file.case.type)
    _same("mandatory evidence", [entry.tool for entry in entries[: len(mandatory)]], list(mandatory))
    calls: list[ModelCall] = []
    for place in range(len(mandatory), len(entries)):
        name, made = steps.investigate(desk, file.case, Ledger(entries=entries[:place]), model)
        _same(f"choice of {entries[place].id}", entries[place].tool, name)
        calls += made
    if len(calls) < sum(call.role == "investigate" for call in file.calls):
        name, made = steps.investigate(desk, file.case, file.ledger, model)
        _same("end of the investigation", None, name)
        calls += made
    return tuple(calls)


def _same(what: str, saved: object, rebuilt: object) -> None:
    place = next(differences(saved, rebuilt, what), None)
    if place is not None:
        remedy = "the file, a tool's declaration or the code has changed since; review the case again"
        raise ReplayDiverged(f"the replay differs first at {place}", remedy)


def differences(saved: object, rebuilt: object, path: str) -> Iterator[str]:
    """The paths at which two JSON values differ, outermost first. Values stay out of it: they may be personal data."""
    if isinstance(saved, dict) and isinstance(rebuilt, dict):
        for name in sorted({*saved, *rebuilt}):
            yield from differences(saved.get(name, GONE), rebuilt.get(name, GONE), f"{path}.{name}")
    elif isinstance(saved, list) and isinstance(rebuilt, list):
        for place, (left, right) in enumerate(zip_longest(saved, rebuilt, fillvalue=GONE)):
            yield from differences(left, right, f"{path}[{place}]")
    elif saved != rebuilt or type(saved) is not type(rebuilt):
        yield path
