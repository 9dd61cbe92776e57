"""Human steps: who may decide, on what grounds, and where it leaves the case."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, Case, CaseFile, Disposition, Review, Status
from agent.errors import ReviewRefused
from agent.review.allowed import (
    FOUR_EYES,
    Codes,
    changes,
    check_fresh,
    cites,
    needs_second,
    next_status,
    same_person,
    unsettled,
)
from tools.tool import Attachment

CODES: Codes = {"FACE_MISMATCH": "adverse", "NO_CONCERN": "mitigating", "NO_FINDING": None}
MakeFile = Callable[..., CaseFile]
MakeReview = Callable[..., Review]


def decided(review: Review, file: CaseFile, past: list[Review] | None = None, status: Status = "drafted") -> Status:
    return next_status(review, file, past or [], status, CODES)


def refused(review: Review, file: CaseFile, past: list[Review] | None = None, status: Status = "drafted") -> str:
    with pytest.raises(ReviewRefused) as caught:
        decided(review, file, past, status)
    return str(caught.value)


@pytest.mark.parametrize(
    ("disposition", "status"),
    [
        ("approve", "closed"),
        ("request_information", "awaiting_customer"),
        ("request_resubmission", "awaiting_customer"),
        ("escalate", "awaiting_second"),
        ("reject", "awaiting_second"),
    ],
)
def test_where_one_reviewer_leaves_a_case(
    make_file: MakeFile, make_review: MakeReview, disposition: Disposition, status: Status
) -> None:
    file = make_file()
    assert decided(make_review(file, disposition=disposition, cited=("E1",)), file) == status


def test_a_reason_that_the_draft_does_not_find_takes_evidence(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    bare = make_review(file, reason_code="NO_CONCERN", outcome="inconclusive")
    assert "does not find 'NO_CONCERN'" in refused(bare, file)
    cited = bare.model_copy(update={"cited": ("E1",)})
    assert decided(cited, file) == "awaiting_second"
    assert decided(bare.model_copy(update={"reason_code": "NO_FINDING"}), file) == "awaiting_second"


def test_a_second_reviewer_confirms_or_disputes(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    first = make_review(file)
    confirming = make_review(file, reviewer="bo")
    disputing = make_review(file, reviewer="bo", disposition="approve", cited=("E2.activity.deposits_24h",))
    assert decided(confirming, file, [first], "awaiting_second") == "closed"
    assert decided(disputing, file, [first], "awaiting_second") == "drafted"


@pytest.mark.parametrize("name", ["ada", "Ada", " ADA ", "ada\u200b", "a\u00add\ufeffa", "\uff21da", "ad\u202ea"])
def test_the_second_reviewer_is_never_the_first(make_file: MakeFile, make_review: MakeReview, name: str) -> None:
    file = make_file()
    told = refused(make_review(file, reviewer=name), file, [make_review(file)], "awaiting_second")
    assert "second, different reviewer" in told


@pytest.mark.parametrize(("first", "second"), [("Ivo", "lvo"), ("bob", "b0b"), ("alice", "a1ice"), ("al", "a|")])
def test_names_that_read_alike_are_one(make_file: MakeFile, make_review: MakeReview, first: str, second: str) -> None:
    file = make_file()
    told = refused(make_review(file, reviewer=second), file, [make_review(file, reviewer=first)], "awaiting_second")
    assert "whose name reads otherwise" in told


def test_a_letter_of_another_alphabet_makes_no_second_reviewer(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    assert "mixes Cyrillic and Latin letters" in refused(make_review(file, reviewer="\u0430da"), file)
    first = make_review(file, reviewer="cac")
    whole = make_review(file, reviewer="\u0441\u0430\u0441")
    assert "your name in Latin letters" in refused(whole, file, [first], "awaiting_second")
    assert decided(make_review(file, reviewer="佐藤 さくら"), file, [first], "awaiting_second") == "closed"


def test_after_a_dispute_nobody_closes_a_case_alone(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    past = [make_review(file), make_review(file, reviewer="bo", disposition="approve", cited=("E2",))]
    third = make_review(file, reviewer="bo", disposition="approve", cited=("E2",))
    assert decided(third, file, past) == "awaiting_second"
    fourth = make_review(file, reviewer="cy", disposition="approve", cited=("E2",))
    assert decided(fourth, file, [*past, third], "awaiting_second") == "closed"


def test_an_override_needs_evidence_that_exists(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    assert "--cite" in refused(make_review(file, disposition="approve"), file)
    for reference in ("E9", "E3", "E1.face.none", "E1.", "", "face.similarity"):
        told = refused(make_review(file, disposition="approve", cited=("E1", reference)), file)
        assert f"{reference!r} is no evidence" in told
        assert "E1, E2" in told
    assert decided(make_review(file, disposition="approve", cited=("E1.face.similarity",)), file) == "closed"


def test_a_reason_code_is_one_of_the_policys(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    told = refused(make_review(file, reason_code="NO_CONCERNS"), file)
    assert "'NO_CONCERNS'" in told
    assert "FACE_MISMATCH, NO_CONCERN" in told


def test_what_speaks_for_the_customer_confirms_no_fraud(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    fraud = make_review(file, outcome="confirmed_fraud", reason_code="NO_CONCERN")
    assert refused(fraud, file).endswith("fitting here: FACE_MISMATCH, NO_FINDING")
    assert decided(fraud.model_copy(update={"reason_code": "NO_FINDING"}), file) == "awaiting_second"
    cleared = fraud.model_copy(update={"outcome": "false_positive", "cited": ("E1",)})
    assert decided(cleared, file) == "awaiting_second"
    kind = make_file(draft=file.draft.model_copy(update={"reason_codes": ("NO_CONCERN",)}))
    fraud = make_review(kind, outcome="confirmed_fraud", reason_code="NO_CONCERN")
    assert refused(fraud, kind).endswith("fitting here: NO_FINDING")


def test_a_review_has_a_name(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    assert "--reviewer" in refused(make_review(file, reviewer="  "), file)
    assert "--reviewer" in refused(make_review(file, reviewer="\u200b"), file)


@pytest.mark.parametrize("status", ["open", "awaiting_customer", "closed"])
def test_only_a_waiting_draft_is_decided(make_file: MakeFile, make_review: MakeReview, status: Status) -> None:
    file = make_file()
    assert "casework review" in refused(make_review(file), file, [], status)


def test_a_deferred_case_can_still_be_decided(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    assert decided(make_review(file), file, [], "deferred") == "awaiting_second"


def test_a_draft_that_a_newer_one_replaced_is_not_decided(make_file: MakeFile, make_review: MakeReview) -> None:
    seen, newest = make_file(), make_file(attempt=2)
    assert "newer draft" in refused(make_review(seen), newest)
    assert "newer draft" in refused(make_review(newest, draft_sha256="0" * 64), newest)


def test_what_changed_since_the_draft(make_file: MakeFile, make_case: Callable[..., Case]) -> None:
    selfie = Attachment(role="selfie", path="files/C-1/selfie.jpg", sha256="a" * 64)
    case = make_case(attachments=(selfie,))
    file, as_it_was = make_file(case), {selfie.path: selfie.sha256}
    assert changes(file, case, as_it_was, file.policy_sha256) == ()
    assert changes(file, case, {selfie.path: "b" * 64}, file.policy_sha256) == ("the selfie",)
    assert changes(file, case, {}, file.policy_sha256) == ("the selfie",)
    for found in ({}, {selfie.path: "b" * 64}):
        bad = make_file(case, files=found)
        assert changes(bad, case, found, file.policy_sha256) == ()
        assert changes(bad, case, as_it_was, file.policy_sha256) == ("the selfie",)
    assert changes(file, make_case(), as_it_was, file.policy_sha256) == ("the case",)
    assert changes(file, case, as_it_was, "q" * 64) == ("the policy",)
    check_fresh(file, ())
    with pytest.raises(ReviewRefused, match=r"the selfie and the policy of case .C-1. changed.*casework review C-1"):
        check_fresh(file, ("the selfie", "the policy"))


def test_citations_point_at_evidence_that_was_had(make_file: MakeFile) -> None:
    ledger = make_file().ledger
    assert [cites(ledger, each) for each in ("E1", "E1.face.quality", "E3", "E2.face.quality")] == [
        True,
        True,
        False,
        False,
    ]


@given(st.text())
def test_a_name_is_itself_in_any_case(name: str) -> None:
    assert same_person(name, f" {name} ")


STEPS = st.one_of(st.just("draft"), st.tuples(st.sampled_from(["ada", "bo", "cy"]), st.sampled_from(DISPOSITIONS)))


@given(st.lists(STEPS, max_size=14))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_settles_alone_what_was_said_otherwise(
    make_file: MakeFile, make_review: MakeReview, steps: list[str | tuple[str, Disposition]]
) -> None:
    """Whatever is tried in whatever order, new drafts between: a case is settled by two people of one mind on one
    draft, or by one person where nobody had an opinion before, and then neither rejected nor escalated."""
    file, reviews, settled = make_file(), list[Review](), 0
    status: Status = "drafted"
    for step in steps:
        if isinstance(step, str):
            file, status = make_file(attempt=file.attempt + 1), "drafted"
            continue
        review = make_review(file, reviewer=step[0], disposition=step[1], cited=("E1",))
        before = unsettled(reviews)
        assert before == tuple(reviews[settled:])
        try:
            status = next_status(review, file, before, status, CODES)
        except ReviewRefused:
            continue
        reviews.append(review)
        if status in ("closed", "awaiting_customer"):
            agreeing = {
                each.reviewer for each in reviews[-2:] if (each.attempt, each.disposition) == (file.attempt, step[1])
            }
            assert len(agreeing) == 2 or (step[1] not in FOUR_EYES and len(reviews) == settled + 1)
            settled = len(reviews)


def test_a_new_draft_takes_back_no_opinion(make_file: MakeFile, make_review: MakeReview) -> None:
    first, redrafted = make_file(), make_file(attempt=2)
    said = unsettled([make_review(first, disposition="reject")])
    alone = make_review(redrafted, reviewer="bo", disposition="approve", cited=("E1",))
    assert decided(alone, redrafted, list(said)) == "awaiting_second"
    both = [*said, alone]
    second = make_review(redrafted, reviewer="ada", disposition="approve", cited=("E1",))
    assert decided(second, redrafted, both, "awaiting_second") == "closed"
    assert unsettled([*both, second]) == ()


def test_what_needs_a_second_reviewer(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    wishes = [make_review(file, disposition=each) for each in DISPOSITIONS]
    frauds = [make_review(file, disposition=each, outcome="confirmed_fraud") for each in DISPOSITIONS]
    assert [needs_second(each, ()) for each in wishes] == [False, False, False, True, True]
    assert all(needs_second(each, [wishes[0]]) for each in wishes)
    assert all(needs_second(each, ()) for each in frauds)
