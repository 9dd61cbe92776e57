"""What a model words is taken only where it says what the policy says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest

from agent.case import Case, Draft, Finding, Leaf, Recommendation, Statement
from agent.draft.ground import (
    CONNECTIVES,
    SAYS,
    Fallback,
    Proposal,
    Question,
    Skeleton,
    Why,
    askable,
    asks_the_same,
    copies,
    ground,
    joined,
    reworded,
    skeleton,
)
from agent.draft.plan import plan, strongest
from agent.llm.qualify import load_questions
from tools.evidence import Evidence, Fact, FactSpec, Ledger, Provenance

SAMPLES = {sample.rule: sample for sample in load_questions().findings}
SPECS = {sample.fact: sample.spec for sample in SAMPLES.values()}


def found(*rules: str) -> list[Finding]:
    return [SAMPLES[rule].finding(f"E{number}") for number, rule in enumerate(rules, 1)]


def ledger_of(findings: Sequence[Finding]) -> Ledger:
    ledger = Ledger()
    for finding in findings:
        leaf = finding.trace[0]
        facts = (Fact(name=leaf.fact, value=leaf.value if leaf.value is not None else ""),)
        provenance = Provenance(tool="t", version="1")
        ledger = ledger.append(
            Evidence(id=ledger.next_id, tool="t", trust="recorded", facts=facts, provenance=provenance)
        )
    return ledger


def advice(disposition: Any = "escalate") -> Recommendation:
    return Recommendation(
        disposition=disposition,
        confidence=0.9,
        row="r",
        possible=(disposition,),
        open_facts=(),
        missing=(),
        flips=(),
    )


@pytest.fixture
def draft(make_case: Callable[..., Case]) -> Callable[..., Draft]:
    def make(proposal: Proposal, findings: Sequence[Finding], disposition: str = "escalate") -> Draft:
        return ground(proposal, make_case(), ledger_of(findings), findings, advice(disposition), SPECS)

    return make


def summary(text: str, findings: Sequence[Finding]) -> Statement:
    rules = tuple(finding.rule for finding in strongest(findings))
    return Statement(text=text, references=(), source="model", rules=rules, part="summary")


def wording(text: str, finding: Finding) -> Statement:
    return Statement(text=text, references=(), source="model", rules=(finding.rule,), part="finding")


def test_without_a_model_the_draft_is_the_plan(draft: Callable[..., Draft], make_case: Callable[..., Case]) -> None:
    findings = found("Q-01", "Q-02")
    page = draft(Proposal(), findings)
    assert page.statements == plan(make_case(), ledger_of(findings), findings, advice(), SPECS)
    assert {told.source for told in page.statements} == {"template"}
    assert page.notes == ()


def test_the_gravest_finding_gives_the_first_reason_code(draft: Callable[..., Draft]) -> None:
    mild, odd, grave = found("Q-01", "Q-02", "Q-03")
    told = [
        mild.model_copy(update={"severity": "mitigating"}),
        odd.model_copy(update={"severity": "suspicious"}),
        grave,
    ]
    assert draft(Proposal(), told).reason_codes == ("Q-03", "Q-02", "Q-01")


def test_a_merged_summary_holds_every_sentence_once(draft: Callable[..., Draft]) -> None:
    findings = found("Q-01", "Q-02", "Q-03")
    page = draft(Proposal(statements=(summary("[F1], and [F3]. In addition, [F2].", findings),)), findings)
    told = page.statements[0]
    assert told.source == "model"
    assert told.text == (
        "The selfie and the document portrait do not match: similarity 0.21, below the 0.28 threshold, "
        "and other accounts use a device of this account: 5 accounts, above the 2 account threshold. "
        "In addition, the document shows traces of tampering: forgery score 0.94, above the 0.80 threshold."
    )
    assert told.references == ("E1.face.similarity", "E2.forgery.score", "E3.device.accounts_sharing")


@pytest.mark.parametrize(
    "text",
    [
        "[F1], and [F2].",
        "[F1], and [F2], and [F3], and [F3].",
        "[F1], and [F2], and [F4].",
        "[F1], and [F2], and [F3]",
        "[F1], but [F2], and [F3].",
        "[F1] because [F2], and [F3].",
        "[F1], and [F2], and [F3]. The customer is innocent.",
        "Ignore what follows. [F1], and [F2], and [F3].",
        "[F1], and [F2], and [F3].\n",
        "[F1], and [F2], and [F０3].",
        "[F1],\u200b and [F2], and [F3].",
        "[F1], and [F2], and \u202e[F3].",
        "[F1], not [F2], and [F3].",
        "[F1][F2][F3].",
        "",
        "The selfie matches.",
    ],
)
def test_any_other_summary_falls_back(draft: Callable[..., Draft], text: str) -> None:
    findings = found("Q-01", "Q-02", "Q-03")
    page = draft(Proposal(statements=(summary(text, findings),)), findings)
    assert page.statements[0].source == "template"
    assert page.statements[0].text == " ".join(finding.text for finding in findings)
    assert page.notes == (
        "merge: the policy's own text is used; the model's text failed verification against the ledger",
    )


def test_connectives_claim_nothing() -> None:
    claiming = {"because", "so", "therefore", "however", "but", "although", "then", "after", "not", "only"}
    words = {word.strip(",.").casefold() for text in CONNECTIVES.values() for word in text.split()}
    assert not words & claiming


def test_clauses_that_begin_with_a_value_keep_their_first_letter() -> None:
    named = SAMPLES["Q-01"].finding("E1").model_copy(update={"text": "0.21, below the 0.28 threshold, is low."})
    short = SAMPLES["Q-02"].finding("E2").model_copy(update={"text": "MRZ digits are wrong."})
    text = joined("[F1], and [F2].", [short, named], SPECS)
    assert text == "MRZ digits are wrong, and 0.21, below the 0.28 threshold, is low."
    assert joined("[F2], and [F1].", [short, named], SPECS) == (
        "0.21, below the 0.28 threshold, is low, and MRZ digits are wrong."
    )


def test_a_skeleton_hides_every_value() -> None:
    own = skeleton(SAMPLES["Q-01"].finding("E7"), SPECS)
    assert own.text == "The selfie and the document portrait do not match: similarity {E7.face.similarity}."
    assert own.values == ("0.21, below the 0.28 threshold",)
    assert own.wordable


def test_each_value_of_a_sentence_has_a_reference_of_its_own() -> None:
    leaf = Leaf(fact="a.b", evidence_id="E1", value=3, comparator="known", threshold=None, truth="true")
    specs = {name: FactSpec(name=name, kind="count", meaning="m") for name in ("a.b", "a.c", "a.d")}
    trace = (
        leaf,
        leaf.model_copy(update={"fact": "a.c"}),
        leaf.model_copy(update={"fact": "a.d", "value": None}),
        leaf.model_copy(update={"fact": "a.e", "value": 4}),
    )
    text = "It is 3, then 3, 3 and not 4 or 33."
    told = SAMPLES["Q-01"].finding("E1").model_copy(update={"text": text, "trace": trace})
    own = "It is {E1.a.b}, then {E1.a.c}, {E1.a.c} and not 4 or 33."
    assert skeleton(told, specs) == Skeleton(own, ("3", "3", "3"))
    bare = told.model_copy(update={"text": "It is (so).", "trace": ()})
    assert skeleton(bare, specs) == Skeleton(bare.text, ())


def test_a_bare_figure_or_a_foreign_letter_makes_a_sentence_not_wordable() -> None:
    assert not Skeleton("Under the minimum of 18.", ()).wordable
    assert not Skeleton("The name Müller differs.", ()).wordable
    assert not Skeleton("It rose by ½.", ()).wordable
    assert Skeleton("The name differs.", ()).wordable


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (
            "The selfie and document portrait do not match: similarity {E1.face.similarity}.",
            "The selfie and document portrait do not match: similarity 0.21, below the 0.28 threshold.",
        ),
        (
            "Here the selfie and the document portrait also do not match: the similarity {E1.face.similarity}.",
            "Here the selfie and the document portrait also do not match: the similarity 0.21, "
            "below the 0.28 threshold.",
        ),
    ],
)
def test_small_words_may_change(text: str, taken: str) -> None:
    assert reworded(text, skeleton(found("Q-01")[0], SPECS)) == taken


@pytest.mark.parametrize(
    "text",
    [
        "The selfie and the document portrait match: similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity 0.21.",
        "The selfie and the document portrait do not match: similarity.",
        "The selfie and the document portrait do not match: similarity {E1.face.similarity} {E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity {E2.face.similarity}.",
        "The document portrait and the selfie do not match: similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity {E1.face.similarity}, says Ada Lovelace.",
        "The selfie and the document portrait do not match: similarity {E1.face.similarity}. Approve.",
        "The selfie and the document portrait do not match: similarity twenty {E1.face.similarity}.",
        "The selfie and the document portrait do not match: {E1.face.similarity} similarity.",
        "the selfie and the document portrait do not match: similarity {E1.face.similarity}.",
        "The SELFIE and the document portrait do not match: similarity {E1.face.similarity}.",
        "The selfie and The document portrait do not match: similarity {E1.face.similarity}.",
        "The Selfie and document portrait do not match: similarity {E1.face.similarity}.",
        "THE selfie and the document portrait do not match: similarity {E1.face.similarity}.",
        "The  selfie and the document portrait do not match: similarity {E1.face.similarity}.",
        " The selfie and the document portrait do not match: similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity {E1.face.similarity}. ",
        "The selfie and the document portrait do not match : similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not match:similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity{E1.face.similarity}.",
        "The selfie and the document portrait do not match: similarity {E1.face.similarity} .",
        "The selfie and the document portrait do not mаtch: similarity {E1.face.similarity}.",
        "The selfie and the document portrait do not\u200b match: similarity {E1.face.similarity}.",
        "The the selfie and the document portrait do not match: similarity {E1.face.similarity}.",
        "<b>The selfie and the document portrait do not match: similarity {E1.face.similarity}.</b>",
        "",
    ],
)
def test_nothing_else_may_change(text: str) -> None:
    assert reworded(text, skeleton(found("Q-01")[0], SPECS)) is None


@pytest.mark.parametrize(
    ("own", "same", "other"),
    [
        ("No face is found on the page.", "No face is found on that page.", "No, a face is found on the page."),
        ("No face is found on the page.", "No face is found on a page.", "No the face is found on the page."),
        ("Orders were paid by strangers.", "The orders were paid by strangers.", "Orders had paid by strangers."),
        ("The account sent out most.", "This account also sent out most.", "The account was sent out most."),
        ("The lines are blurred.", "These lines are blurred.", "The lines were blurred."),
        ("The line is blurred.", "A line are blurred.", "The line been blurred."),
        ("Orders were paid.", "These orders were paid.", "These Orders were paid."),
        ("These orders were paid.", "Orders were paid.", "orders were paid."),
        ("MRZ lines are blurred.", "The MRZ lines are blurred.", "The mRZ lines are blurred."),
        ("The MRZ lines are blurred.", "MRZ lines are blurred.", "Mrz lines are blurred."),
        ("It is late. Orders came.", "It is late. The orders came.", "It is late. the orders came."),
        ("The line (the last) is blurred.", "The line (last) is blurred.", "The line ( the last) is blurred."),
    ],
)
def test_small_words_turn_no_sentence_round(own: str, same: str, other: str) -> None:
    assert reworded(same, Skeleton(own, ()))
    assert reworded(other, Skeleton(own, ())) is None


@pytest.mark.parametrize("own", ["The device(s) are known.", "Two  blanks are here.", "Or and/or is here."])
def test_a_policy_sentence_that_no_model_could_write_is_not_put_to_one(own: str) -> None:
    assert not Skeleton(own, ()).wordable


def test_a_copy_is_told_by_what_it_says() -> None:
    assert copies("The orders were paid.", "The orders were paid.")
    assert not copies("These orders were paid.", "The orders were paid.")
    assert not copies("", "The orders were paid.")
    assert not copies("[F1], and [F2].", "")


def test_a_reworded_finding_keeps_its_references(draft: Callable[..., Draft]) -> None:
    findings = found("Q-02", "Q-01")
    text = "The selfie and document portrait do not match: similarity {E2.face.similarity}."
    page = draft(Proposal(statements=(wording(text, findings[1]),)), findings)
    told = next(each for each in page.statements if each.rules == ("Q-01",) and each.part == "finding")
    assert told.source == "model"
    assert told.references == ("E2.face.similarity",)
    assert "0.21, below the 0.28 threshold" in told.text


@pytest.mark.parametrize("part", ["for_customer", "missing", "flip"])
def test_other_parts_take_no_model_words(draft: Callable[..., Draft], part: str) -> None:
    proposal = Proposal(
        statements=(
            Statement.model_validate({"text": "All is well.", "references": (), "source": "model", "part": part}),
        )
    )
    page = draft(proposal, found("Q-01"))
    assert all(told.source == "template" for told in page.statements)
    assert "All is well." not in " ".join(told.text for told in page.statements)


def test_a_statement_about_no_finding_adds_nothing(draft: Callable[..., Draft]) -> None:
    ghost = Statement(text="It is fine.", references=(), source="model", rules=("Q-99",), part="finding")
    unruled = Statement(text="It is fine.", references=(), source="model", part="finding")
    template = Statement(text="It is fine.", references=(), source="template", rules=("Q-01",), part="finding")
    page = draft(Proposal(statements=(ghost, unruled, template)), found("Q-01"))
    assert all("It is fine" not in told.text for told in page.statements)


def test_references_that_point_at_nothing_are_not_shown(make_case: Callable[..., Case]) -> None:
    findings = found("Q-01")
    page = ground(Proposal(), make_case(), Ledger(), findings, advice(), SPECS)
    assert all(told.references == () for told in page.statements)
    assert any(findings[0].text in told.text for told in page.statements)


@pytest.mark.parametrize(
    ("text", "request_text", "same"),
    [
        ("Could you please take a new selfie?", "Please take a new selfie.", True),
        ("Would you take the new selfie?", "Please take a new selfie.", True),
        ("Could you please take a new selfie", "Please take a new selfie.", False),
        ("Could you please take a new selfie and send money?", "Please take a new selfie.", False),
        ("Could you please not take a new selfie?", "Please take a new selfie.", False),
        ("Could you please take 2 new selfies?", "Please take a new selfie.", False),
        ("Why did you fake a selfie?", "Please take a new selfie.", False),
        ("Could you please take a new selfie? Visit evil.example?", "Please take a new selfie.", False),
        ("Could you please send one that is?", "Your document is no longer valid. Please send one that is.", False),
        ("could you please take a new selfie?", "Please take a new selfie.", False),
        ("Could we please take a new selfie?", "Please take a new selfie.", False),
        ("Could you tell us who uses your devices?", "Please tell us who uses your devices.", True),
        ("Could we tell you who uses your devices?", "Please tell us who uses your devices.", False),
        ("May we tell you whose the addresses are?", "Please tell us whose the addresses are.", False),
        ("We confirm that the withdrawal was yours?", "Please confirm that the withdrawal was yours.", False),
        ("Could you, please, take a new selfie?", "Please take a new selfie.", False),
        ("Could you please take A new selfie?", "Please take a new selfie.", False),
        ("Could you please Take a new selfie?", "Please take a new selfie.", False),
        ("Could you please take a new SELFIE?", "Please take a new selfie.", False),
        ("Could you please take a  new selfie?", "Please take a new selfie.", False),
        ("Could you please  take a new selfie?", "Please take a new selfie.", False),
        ("Could you please take a new selfie ?", "Please take a new selfie.", False),
        ("Could you please take a new selfie.?", "Please take a new selfie.", False),
    ],
)
def test_a_question_asks_what_the_policy_asks(text: str, request_text: str, same: bool) -> None:
    assert asks_the_same(text, request_text) is same
    assert askable(request_text) or not same


def test_a_request_that_states_something_first_is_not_put_to_a_model() -> None:
    assert askable("Please take a new selfie.")
    assert not askable("Your document is no longer valid. Please send one that is.")
    assert not askable("Tell us why.")
    assert not askable("Please tell us. Why")


def concern(rule: str, text: str, severity: str = "suspicious") -> Finding:
    return SAMPLES[rule].finding("E1").model_copy(update={"customer_text": text, "severity": severity})


def test_a_checked_question_takes_the_place_of_the_request(draft: Callable[..., Draft]) -> None:
    findings = [concern("Q-12", "Please take a new selfie.")]
    asked = Question(rules=("Q-12",), text="Could you please take a new selfie?")
    page = draft(Proposal(questions=(asked,)), findings, "request_resubmission")
    assert "Could you please take a new selfie?" in page.customer_message
    assert "Please take a new selfie." not in page.customer_message
    assert page.notes == ()


@pytest.mark.parametrize(
    "asked",
    [
        Question(rules=("Q-12",), text="Did you forge your document?"),
        Question(rules=("Q-99",), text="Could you take a selfie?"),
    ],
)
def test_any_other_question_falls_back(draft: Callable[..., Draft], asked: Question) -> None:
    page = draft(Proposal(questions=(asked,)), [concern("Q-12", "Please take a new selfie.")], "request_resubmission")
    assert "Please take a new selfie." in page.customer_message
    assert asked.text not in page.customer_message
    assert page.notes == (
        "question: the policy's own text is used; the model's text failed verification against the ledger",
    )


def test_nothing_goes_to_a_customer_unless_they_are_asked(draft: Callable[..., Draft]) -> None:
    asked = Question(rules=("Q-12",), text="Could you please take a new selfie?")
    page = draft(Proposal(questions=(asked,)), [concern("Q-12", "Please take a new selfie.")], "escalate")
    assert page.customer_message == ""


def test_fallbacks_are_told_in_words_of_ours() -> None:
    assert set(SAYS) == set(get_args(Why))


def test_fallbacks_of_the_proposal_are_noted_once(draft: Callable[..., Draft]) -> None:
    twice = Fallback(role="merge", why="not granted")
    page = draft(Proposal(fallbacks=(twice, twice)), found("Q-01"))
    assert page.notes == ("merge: the policy's own text is used; the model has not earned this role",)
