"""Whether drafts tell truly what would change them."""

from __future__ import annotations

import pytest

from agent.case import CaseFile, Flip, Statement
from agent.desk import policy_for
from agent.policy.model import Policy, load_policy
from agent.settings import Settings
from evals.scorers.faithful import faithful, outcome
from evals.world.label import Label

Reviewed = list[tuple[CaseFile, Label]]


@pytest.fixture(scope="module")
def policy(reviewed: Reviewed) -> Policy:
    return policy_for(reviewed[0][0].case.source, Settings(_env_file=None))  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def telling(reviewed: Reviewed) -> CaseFile:
    """A review that claims something."""
    return next(file for file, _ in reviewed if any(told.part == "flip" for told in file.draft.statements))


def with_flip(file: CaseFile, told: Statement) -> CaseFile:
    kept = tuple(each for each in file.draft.statements if each.part != "flip")
    return file.model_copy(update={"draft": file.draft.model_copy(update={"statements": (*kept, told)})})


def test_what_drafts_say_would_change_them_does(reviewed: Reviewed, policy: Policy) -> None:
    scores = [faithful(file, policy) for file, _ in reviewed]
    assert sum(score.claims for score in scores) > len(reviewed)
    assert sum(score.steady for score in scores) > 0
    assert [score.failed for score in scores] == [()] * len(scores)
    assert all(score.share in (1.0, None) for score in scores)
    assert all(score.omitted_facts == 0 for score in scores)


def test_a_claim_of_another_disposition_is_caught(telling: CaseFile, policy: Policy) -> None:
    flip = next(told for told in telling.draft.statements if told.part == "flip")
    there = flip.text.rpartition(" would be to ")
    other = "approve" if there[2] != "approve." else "reject"
    score = faithful(with_flip(telling, flip.model_copy(update={"text": f"{there[0]} would be to {other}."})), policy)
    assert (score.claims, score.held) == (1, 0)
    assert score.failed[0].startswith(f"{' and '.join(flip.references)}: {other} was claimed, ")


def test_a_claim_that_cannot_be_read_does_not_hold(telling: CaseFile, policy: Policy) -> None:
    flip = next(told for told in telling.draft.statements if told.part == "flip")
    score = faithful(with_flip(telling, flip.model_copy(update={"text": "It could be otherwise."})), policy)
    assert (score.claims, score.held) == (1, 0)
    assert "cannot be read" in score.failed[0]


def test_a_fact_that_changes_the_case_and_is_not_named_is_caught(reviewed: Reviewed, policy: Policy) -> None:
    """Take a flip of a cited flag out of a review: to turn that flag is then said to change nothing."""
    file, flip = next(
        (file, flip) for file, _ in reviewed for flip in file.recommendation.flips if _of_cited_flag(file, flip)
    )
    rest = tuple(each for each in file.recommendation.flips if each != flip)[:3]
    silent = file.model_copy(update={"recommendation": file.recommendation.model_copy(update={"flips": rest})})
    score = faithful(silent, policy)
    assert score.steady_held < score.steady
    assert any(why.startswith(flip.changes[0].reference) for why in score.failed)


def _of_cited_flag(file: CaseFile, flip: Flip) -> bool:
    cited = {each for told in file.draft.statements if told.part != "flip" for each in told.references}
    change = flip.changes[0]
    named = [each.changes[0].reference for each in file.recommendation.flips if len(each.changes) == 1]
    alone = len(flip.changes) == 1 and named.count(change.reference) == 1
    return alone and isinstance(change.now, bool) and change.reference in cited


def test_a_case_that_a_model_raised_claims_nothing(telling: CaseFile, policy: Policy) -> None:
    own = outcome(telling, policy, {})
    other = "escalate" if own != "escalate" else "reject"
    raised = telling.model_copy(update={"draft": telling.draft.model_copy(update={"disposition": other})})
    score = faithful(raised, policy)
    assert (score.claims, score.steady, score.share) == (0, 0, None)


def test_an_adverse_fact_that_is_cited_nowhere_is_counted(reviewed: Reviewed, policy: Policy) -> None:
    file = next(f for f, _ in reviewed if any(each.severity == "adverse" for each in f.findings))
    mute = file.model_copy(update={"draft": file.draft.model_copy(update={"statements": ()})})
    references = {ref for each in file.findings if each.severity == "adverse" for ref in each.references}
    assert faithful(mute, policy).omitted_facts == len(references)


def test_another_policy_is_refused(telling: CaseFile) -> None:
    other = load_policy(None, {"established_days": 400.0})
    with pytest.raises(ValueError, match="was not reviewed with policy"):
        faithful(telling, other)


def test_equal_reviews_score_alike(telling: CaseFile, policy: Policy) -> None:
    assert faithful(telling, policy) == faithful(telling.model_copy(deep=True), policy)
