"""Human steps: who may decide, on what grounds, and where it leaves the case."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, Case, CaseFile, Disposition, Outcome, Review, Status
from agent.errors import ReviewRefused
from agent.review.allowed import (
    Codes,
    History,
    changes,
    check_fresh,
    check_meanwhile,
    check_text,
    cites,
    history,
    needs_second,
    next_status,
)
from agent.review.names import same_person
from tools.tool import Attachment

CODES: Codes = {"FACE_MISMATCH": "adverse", "NO_CONCERN": "mitigating", "NO_FINDING": None}
MakeFile = Callable[..., CaseFile]
MakeReview = Callable[..., Review]


def decided(review: Review, file: CaseFile, past: Sequence[Review] = (), status: Status = "drafted") -> Status:
    return next_status(review, file, History(unsettled=tuple(past)), status, CODES)


def refused(review: Review, file: CaseFile, past: Sequence[Review] = (), status: Status = "drafted") -> str:
    with pytest.raises(ReviewRefused) as caught:
        decided(review, file, past, status)
    return str(caught.value)


def drafting(make_file: MakeFile, disposition: Disposition, letter: str = "") -> CaseFile:
    """A case file whose draft recommends that."""
    draft = make_file().draft.model_copy(update={"disposition": disposition, "customer_message": letter})
    return make_file(draft=draft)


@pytest.mark.parametrize(
    ("disposition", "status"), [("approve", "closed"), ("escalate", "awaiting_second"), ("reject", "awaiting_second")]
)
def test_where_one_reviewer_leaves_a_case(
    make_file: MakeFile, make_review: MakeReview, disposition: Disposition, status: Status
) -> None:
    file = make_file()
    assert decided(make_review(file, disposition=disposition, cited=("E1",)), file) == status


@pytest.mark.parametrize("disposition", ["request_information", "request_resubmission"])
def test_the_customer_is_asked_with_a_letter_or_not_at_all(
    make_file: MakeFile, make_review: MakeReview, disposition: Disposition
) -> None:
    asking = drafting(make_file, disposition, "Dear customer,")
    assert decided(make_review(asking), asking) == "awaiting_customer"
    silent = drafting(make_file, disposition)
    assert "state in the comment what the customer is asked" in refused(make_review(silent, comment=" "), silent)
    assert decided(make_review(silent, comment="Whose is the account?"), silent) == "awaiting_customer"
    other = make_file()
    assert f"has no letter for {disposition}" in refused(
        make_review(other, disposition=disposition, cited=("E1",), comment=""), other
    )


@pytest.mark.parametrize(("disposition", "outcome"), [("reject", "false_positive"), ("approve", "confirmed_fraud")])
def test_what_nobody_can_mean_is_refused(
    make_file: MakeFile, make_review: MakeReview, disposition: Disposition, outcome: Outcome
) -> None:
    file = make_file()
    told = refused(make_review(file, disposition=disposition, outcome=outcome, cited=("E1",)), file)
    assert "contradict each other; choose another outcome" in told


def test_who_sees_no_fraud_confirms_no_fraud(make_file: MakeFile, make_review: MakeReview) -> None:
    """Two of one mind on what is done are not of one mind on what it is."""
    file = make_file()
    fraud = make_review(file, outcome="confirmed_fraud")
    other = make_review(file, reviewer="bo", outcome="worth_reviewing")
    assert decided(other, file, [fraud], "awaiting_second") == "drafted"
    assert decided(fraud, file, [other], "awaiting_second") == "drafted"
    second = make_review(file, reviewer="bo", outcome="confirmed_fraud")
    assert decided(second, file, [fraud], "awaiting_second") == "closed"
    doubtful = make_review(file, reviewer="bo", outcome="inconclusive")
    assert decided(doubtful, file, [make_review(file)], "awaiting_second") == "closed"


def test_approving_what_the_draft_rejects_takes_two(make_file: MakeFile, make_review: MakeReview) -> None:
    file = drafting(make_file, "reject")
    approve = make_review(file, disposition="approve", cited=("E1",))
    assert decided(approve, file) == "awaiting_second"
    assert decided(approve.model_copy(update={"reviewer": "bo"}), file, [approve], "awaiting_second") == "closed"


def test_what_two_people_settled_takes_two_to_settle_otherwise(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    rejected = [make_review(file, disposition="reject", reviewer=name) for name in ("ada", "bo")]
    past = history(zip(rejected, ("awaiting_second", "closed"), strict=True))
    assert past == History(settled=tuple(rejected))
    approve = make_review(file, disposition="approve", cited=("E1",))
    assert next_status(approve, file, past, "drafted", CODES) == "awaiting_second"
    alone = history([(approve, "closed")])
    assert next_status(approve, file, alone, "drafted", CODES) == "closed"


def test_a_decision_says_how_much_its_author_had_seen(make_file: MakeFile, make_review: MakeReview) -> None:
    reviews = [make_review(make_file(), reviewer="dora", outcome="inconclusive")]
    check_meanwhile(reviews, 1)
    with pytest.raises(ReviewRefused, match=r"'dora' decided escalate \(inconclusive\) on case 'C-1' meanwhile; look"):
        check_meanwhile(reviews, 0)


@pytest.mark.parametrize("text", ["ren\udce9", "\x1b[D", "a\x00b", "\x7f"])
def test_what_is_no_text_is_refused(text: str) -> None:
    check_text(comment="two\nlines\tand é 佐藤 \U0001f600")
    with pytest.raises(ReviewRefused, match=r"the comment .* is not valid text; type it again, in UTF-8"):
        check_text(reviewer="ada", comment=text)


def test_a_reason_that_the_draft_does_not_find_takes_evidence(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    bare = make_review(file, reason_code="NO_CONCERN", outcome="inconclusive")
    assert "has no finding with reason code 'NO_CONCERN'" in refused(bare, file)
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


@pytest.mark.parametrize(("first", "second"), [("Ivo", "lvo"), ("bob", "b0b"), ("alice", "a1ice"), ("bert", "Bert.")])
def test_names_that_read_alike_are_one(make_file: MakeFile, make_review: MakeReview, first: str, second: str) -> None:
    file = make_file()
    told = refused(make_review(file, reviewer=second), file, [make_review(file, reviewer=first)], "awaiting_second")
    assert "with another name" in told


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
        assert f"{reference!r} is not evidence" in told
        assert "E1, E2" in told
    assert decided(make_review(file, disposition="approve", cited=("E1.face.similarity",)), file) == "closed"


def test_a_reason_code_is_one_of_the_policys(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    told = refused(make_review(file, reason_code="NO_CONCERNS"), file)
    assert "'NO_CONCERNS'" in told
    assert told.endswith("choose one of FACE_MISMATCH, NO_CONCERN")
    silent = make_file(draft=file.draft.model_copy(update={"reason_codes": ()}))
    assert refused(make_review(silent, reason_code="?"), silent).endswith(f"choose one of {', '.join(sorted(CODES))}")


def test_what_speaks_for_the_customer_confirms_no_fraud(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    fraud = make_review(file, outcome="confirmed_fraud", reason_code="NO_CONCERN")
    assert refused(fraud, file).endswith("choose one of FACE_MISMATCH, NO_FINDING")
    assert decided(fraud.model_copy(update={"reason_code": "NO_FINDING"}), file) == "awaiting_second"
    cleared = fraud.model_copy(update={"outcome": "false_positive", "cited": ("E1",)})
    assert decided(cleared, file) == "awaiting_second"
    kind = make_file(draft=file.draft.model_copy(update={"reason_codes": ("NO_CONCERN",)}))
    fraud = make_review(kind, outcome="confirmed_fraud", reason_code="NO_CONCERN")
    assert refused(fraud, kind).endswith("choose one of NO_FINDING")


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


@pytest.mark.parametrize("code", [0x034F, 0x115F, 0x17B4, 0x180B, 0x2800, 0x3164, 0xFE0F, 0xFFA0, 0xE0101, 0x200D])
def test_what_is_not_seen_makes_no_second_name(code: int) -> None:
    assert same_person("anna", f"an{chr(code)}na")
    assert same_person("anna", f"anna{chr(code)}")
    assert not same_person("anna", f"hanna{chr(code)}")


def test_names_in_scripts_that_look_unlike_are_two(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    first = make_review(file, reviewer="\u0623\u062d\u0645\u062f")
    assert decided(make_review(file, reviewer="anna"), file, [first], "awaiting_second") == "closed"
    assert decided(first, file, [make_review(file, reviewer="\u0930\u093e\u092e")], "awaiting_second") == "closed"


@given(st.text())
def test_a_name_is_itself_in_any_case(name: str) -> None:
    assert same_person(name, f" {name} ")


WISHES = st.tuples(
    st.sampled_from(["ada", "bo", "cy"]),
    st.sampled_from(["approve", "escalate", "reject"]),
    st.sampled_from(["confirmed_fraud", "worth_reviewing"]),
)
STEPS = st.one_of(st.just("draft"), WISHES)


@given(st.lists(STEPS, max_size=14))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_settles_alone_what_was_said_otherwise(
    make_file: MakeFile, make_review: MakeReview, steps: list[str | tuple[str, Disposition, Outcome]]
) -> None:
    """Whatever is tried in whatever order, new drafts between: a case is settled by two people of one mind on one
    draft, or by one person where nobody had an opinion before, and then neither rejected nor escalated, nor against
    what two had settled."""
    file, said, settled = make_file(), list[tuple[Review, Status]](), [0]
    status: Status = "drafted"
    for step in steps:
        if isinstance(step, str):
            file, status = make_file(attempt=file.attempt + 1), "drafted"
            continue
        review = make_review(file, reviewer=step[0], disposition=step[1], outcome=step[2], cited=("E1",))
        past = history(said)
        assert past.unsettled == tuple(each for each, _ in said[settled[-1] :])
        try:
            status = next_status(review, file, past, status, CODES)
        except ReviewRefused:
            continue
        said.append((review, status))
        if status == "closed":
            mind = (file.attempt, step[1], step[2] == "confirmed_fraud")
            agreeing = {
                each.reviewer
                for each, _ in said[-2:]
                if (each.attempt, each.disposition, each.outcome == "confirmed_fraud") == mind
            }
            alone = len(said) == settled[-1] + 1
            overturned = len(past.settled) > 1 and past.settled[-1].disposition != step[1]
            assert len(agreeing) == 2 or (step[1] == "approve" and alone and not overturned)
            settled.append(len(said))


def test_a_new_draft_takes_back_no_opinion(make_file: MakeFile, make_review: MakeReview) -> None:
    first, redrafted = make_file(), make_file(attempt=2)
    said: list[tuple[Review, Status]] = [(make_review(first, disposition="reject"), "awaiting_second")]
    alone = make_review(redrafted, reviewer="bo", disposition="approve", cited=("E1",))
    assert decided(alone, redrafted, history(said).unsettled) == "awaiting_second"
    said.append((alone, "awaiting_second"))
    second = make_review(redrafted, reviewer="ada", disposition="approve", cited=("E1",))
    assert decided(second, redrafted, history(said).unsettled, "awaiting_second") == "closed"
    assert history([*said, (second, "closed")]).unsettled == ()


def test_what_needs_a_second_reviewer(make_file: MakeFile, make_review: MakeReview) -> None:
    file = make_file()
    wishes = [make_review(file, disposition=each) for each in DISPOSITIONS]
    frauds = [make_review(file, disposition=each, outcome="confirmed_fraud") for each in DISPOSITIONS]
    assert [needs_second(each, file, History()) for each in wishes] == [False, False, False, True, True]
    assert all(needs_second(each, file, History(unsettled=(wishes[0],))) for each in wishes)
    assert all(needs_second(each, file, History()) for each in frauds)
    rejecting = drafting(make_file, "reject")
    assert [needs_second(each, rejecting, History()) for each in wishes] == [True, False, False, True, True]
    for settled, told in ((1, [False, False, False, True, True]), (2, [False, True, True, True, True])):
        past = History(settled=(wishes[0],) * settled)
        assert [needs_second(each, file, past) for each in wishes] == told
