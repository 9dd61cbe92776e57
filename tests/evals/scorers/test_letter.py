"""The letter to the customer: the policy's requests and questions made of them pass, whatever else it says is seen, and
so is what it leaves out.

What is planted goes through the drafting of production with its verifier switched off, as a model's question would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from agent.case import CaseFile
from agent.draft.ground import Proposal, Question, ground
from agent.draft.letter import ASK_ANYTHING, ASK_FOR, customer_texts
from agent.draft.plan import plain
from evals.runs import read
from evals.runs.record import FOLDER
from evals.scorers.letter import letter
from evals.world.label import Label
from tools.evidence import Unavailable
from tools.registry import fact_specs

Planting = Callable[[CaseFile, str], str]


def asked(request: str) -> str:
    return f"Could you p{request[1:-1]}?"


def more(words: str) -> Planting:
    """A question as it should be, with more words at its end."""
    return lambda file, request: f"{asked(request)[:-1]} {words}?"


PLANTED: Mapping[str, Planting] = {
    "flag": lambda file, request: more(f"because of {plain(file.case.flags[0].code)}")(file, request),
    "rule": lambda file, request: more(file.findings[0].rule)(file, request),
    "reason code": lambda file, request: more(file.findings[0].reason_code)(file, request),
    "suspicion": lambda file, request: f"We suspect fraud. {asked(request)}",
    "evidence id": more("as E3 asks"),
    "name": more("and of Ada Lovelace"),
    "e-mail": more("and write to ada@example.com"),
    "figure": more("within 3 days"),
    "another thing": more("and your password"),
    "anything else": lambda file, request: "Could you please tell us your PIN?",
    "half": lambda file, request: f"{asked(request)[: len(request) // 2]}?",
    "turned": lambda file, request: asked(request).replace("please", "please do not"),
    "order": lambda file, request: f"P{request[1:-1]} at once.",
    "unseen": more("\u200b"),
    "look-alike": lambda file, request: asked(request).replace("e", "\u0435"),
    "shouted": lambda file, request: f"Could you {asked(request)[10:].upper()}",
    "initials": lambda file, request: f"{asked(request)[:17]}{asked(request)[17:].title()}",
    "padded": lambda file, request: asked(request).replace(" ", "  "),
    "blanks at the end": lambda file, request: f"{asked(request)[:-1]}     ?",
    "second line": lambda file, request: f"{asked(request)}\nYour account is frozen.",
}

LEFT_OUT: Mapping[str, Callable[[Sequence[str]], Sequence[str]]] = {
    "all": lambda lines: (),
    "the first": lambda lines: lines[1:],
    "the last": lambda lines: lines[:-1],
    "all for a way to support": lambda lines: (ASK_ANYTHING,),
}


RESULTS = Path(__file__).parents[3] / "RESULTS.md"


@pytest.fixture(scope="module")
def lettered() -> list[CaseFile]:
    """Recorded reviews with a request that a model worded."""
    return [file for file in read(FOLDER).files if requests(file)]


def requests(file: CaseFile) -> dict[str, tuple[str, ...]]:
    texts = customer_texts(file.findings, file.recommendation)
    return {text: rules for text, rules in texts.items() if text.startswith("Please ")}


def shipped(file: CaseFile, *questions: Question) -> CaseFile:
    """The review as drafted with these questions to the customer."""
    proposal = Proposal(questions=questions)
    draft = ground(proposal, file.case, file.ledger, file.findings, file.recommendation, fact_specs())
    return file.model_copy(update={"draft": draft})


def planted(file: CaseFile, fault: Planting) -> CaseFile:
    """The review with one of its requests worded wrongly."""
    request, rules = next(iter(requests(file).items()))
    return shipped(file, Question(rules=rules, text=fault(file, request)))


def sent(file: CaseFile, message: str) -> CaseFile:
    return file.model_copy(update={"draft": file.draft.model_copy(update={"customer_message": message})})


def cut(file: CaseFile, left: Callable[[Sequence[str]], Sequence[str]]) -> tuple[CaseFile, int]:
    """The review with some requests cut from its letter, and how many."""
    greeting, why, asked, closing = file.draft.customer_message.split("\n\n")
    lines = asked.split("\n")
    kept = left(lines)
    return sent(file, "\n\n".join((greeting, why, "\n".join(kept), closing))), len({*lines} - {*kept})


def told(file: CaseFile, text: str) -> CaseFile:
    """The review drafted with another request in the policy's place."""
    findings = tuple(each.model_copy(update={"customer_text": text}) for each in file.findings)
    return shipped(file.model_copy(update={"findings": findings}))


def counted(files: Sequence[CaseFile]) -> tuple[int, int, int]:
    """How many kinds of faults are planted in letters, in how many letters, and in how many of those one is found: what
    RESULTS.md tells of the runs over dev and val."""
    worded = {**PLANTED, "empty": lambda *_: "", "another": lambda file, _: asked([*requests(file)][1])}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.draft.ground.asks_the_same", lambda *_: True)
        faulty = [
            planted(file, fault)
            for kind, fault in worded.items()
            for file in files
            if len(requests(file)) > (kind == "another")
        ]
    faulty += [cut(file, left)[0] for left in LEFT_OUT.values() for file in files if file.draft.customer_message]
    return len(worded) + len(LEFT_OUT), len(faulty), sum(letter(file).faults > 0 for file in faulty)


def test_every_planted_fault_is_found_and_the_results_count_their_kinds(lettered: list[CaseFile]) -> None:
    kinds, faulty, found = counted(lettered)
    assert found == faulty > kinds
    assert f", {kinds} kinds of faults:" in RESULTS.read_text("utf-8")


def test_letters_in_the_policys_words_pass(reviewed: list[tuple[CaseFile, Label]]) -> None:
    scores = [letter(file) for file, _ in reviewed]
    assert any(each.lines for each in scores)
    assert not any(each.faults for each in scores)


def test_letters_that_a_model_worded_pass(lettered: list[CaseFile]) -> None:
    assert len(lettered) > 4
    assert all("Could you please" in file.draft.customer_message for file in lettered)
    assert not any(letter(file).faults for file in lettered)


@pytest.mark.parametrize("fault", PLANTED)
def test_what_the_verifier_lets_pass_is_seen(
    lettered: list[CaseFile], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("agent.draft.ground.asks_the_same", lambda *_: True)
    assert [letter(planted(file, PLANTED[fault])).wrong > 0 for file in lettered] == [True] * len(lettered)


@pytest.mark.parametrize("left", LEFT_OUT)
def test_each_request_that_is_left_out_is_seen(lettered: list[CaseFile], left: str) -> None:
    for file in lettered:
        short, count = cut(file, LEFT_OUT[left])
        assert letter(short).omitted == count > 0
    assert sum(letter(sent(file, "")).omitted for file in lettered) >= len(lettered)


def test_a_request_that_a_question_swallows_is_seen(lettered: list[CaseFile], monkeypatch: pytest.MonkeyPatch) -> None:
    """A model's question that is empty, or that asks for something else which is asked for too."""
    monkeypatch.setattr("agent.draft.ground.asks_the_same", lambda *_: True)
    assert all(letter(planted(file, lambda *_: "")).omitted == 1 for file in lettered)
    several = [file for file in lettered if len(requests(file)) > 1]
    another = [planted(file, lambda file, request: asked([*requests(file)][1])) for file in several]
    assert [letter(file).faults for file in another] == [letter(file).omitted for file in another] == [1] * len(several)
    assert several


@pytest.mark.parametrize("named", ["flag", "reason code", "rule", "suspicion", "figure"])
def test_a_text_of_the_policy_that_gives_something_away_is_seen(
    lettered: list[CaseFile], monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setattr("agent.draft.letter.may_be_told", lambda _: True)
    for file in lettered:
        first = file.findings[0]
        named_by = {"flag": plain(file.case.flags[0].code), "reason code": first.reason_code, "rule": first.rule}
        words = {**named_by, "suspicion": "the suspicion", "figure": "the last 3 days"}[named]
        assert letter(told(file, f"Please tell us about {words}.")).wrong == 1


def test_what_an_adverse_finding_asks_for_is_seen_unless_no_other_asks(lettered: list[CaseFile]) -> None:
    for file in lettered:
        adverse = tuple(each.model_copy(update={"severity": "adverse"}) for each in file.findings)
        assert letter(file.model_copy(update={"findings": adverse})).faults == 0
        other = file.findings[0].model_copy(update={"severity": "suspicious", "customer_text": "Please call us."})
        assert letter(file.model_copy(update={"findings": (*adverse, other)})).faults > 0


def test_a_request_for_what_only_we_could_mend_is_seen(lettered: list[CaseFile]) -> None:
    clip = ASK_FOR["clip"]
    unequipped = [
        file
        for file in lettered
        if any(isinstance(each, Unavailable) and each.tool == "liveness.assess" for each in file.ledger.entries)
        and clip not in file.draft.customer_message
    ]
    assert unequipped
    for file in unequipped:
        first, _, rest = file.draft.customer_message.rpartition("\n\n")
        assert letter(sent(file, f"{first}\n{clip}\n\n{rest}")).wrong == 1


def test_a_letter_that_nothing_asks_for_is_seen_whole(lettered: list[CaseFile]) -> None:
    for file in lettered:
        escalated = file.recommendation.model_copy(update={"disposition": "escalate"})
        found = letter(file.model_copy(update={"recommendation": escalated}))
        assert found.faults == found.lines > 0
        assert letter(sent(file, "")).lines == 0


def test_customers_are_sent_to_support_only_where_nothing_is_asked_for(lettered: list[CaseFile]) -> None:
    """Nor does that tell anybody what to send again."""
    for file in lettered:
        nothing = {"findings": (), "recommendation": file.recommendation.model_copy(update={"missing": ()})}
        bare = shipped(file.model_copy(update=nothing))
        assert "support page" in bare.draft.customer_message
        assert letter(bare).faults == (bare.recommendation.disposition == "request_resubmission")
        assert letter(sent(file, bare.draft.customer_message)).wrong == 1
