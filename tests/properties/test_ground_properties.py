"""Whatever a model says, nothing unsupported ships and no finding is lost; judged by other means than the verifier."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, Case, Draft, Finding, Flag, Recommendation, Statement
from agent.draft.ground import CONNECTIVES, Fallback, Proposal, Question, ground
from agent.draft.letter import ASK_ANYTHING, GREETING, WHY_ASKED, customer_texts
from agent.draft.plan import plan, strongest
from agent.llm.qualify import load_questions
from tools.evidence import Evidence, Fact, Ledger, Provenance

QUESTIONS = load_questions()
SPECS = {sample.fact: sample.spec for sample in QUESTIONS.findings}
CASE = Case(
    case_id="C-1",
    type="kyc",
    customer_id="U-1",
    flagged_at="2026-11-01T08:00:00Z",
    due_at="2026-11-03T08:00:00Z",
    flags=(Flag(code="face_mismatch", raised_at="2026-11-01T08:00:00Z"),),
)
ARTICLES = {"a", "an", "its", "that", "the", "these", "this", "those", "which", "also", "and", "both", "here"}
SMALL = ARTICLES | {"are", "be", "been", "had", "has", "have", "is", "was", "were"}
POLITE = SMALL | {"ask", "can", "could", "kindly", "may", "might", "please", "us", "we", "would", "you"}
JOINING = {word for text in CONNECTIVES.values() for word in re.findall(r"\w+", text.casefold())}
EVIL = st.sampled_from(
    [
        *"\u200b\u200d\u202e\u2066\ufeff\u00ad\u0301",
        *"аеоѕ０１９½Ⅷ²",
        *"[]{}().,;:<>&|\n\t\r\x00\x1b",
        " not ",
        " no ",
        "approve ",
        "[F1]",
        "[F2]",
        "[F9]",
        "[f1]",
        "［F1］",
        "{E1.face.similarity}",
        "{E9.x.y}",
        " 99",
        " ninety percent ",
        " Ada Lovelace ",
        " genuine",
        " above ",
        " and ",
        " the ",
        " The ",
        "THE ",
        "  ",
        " .",
        "Orders",
        ", and ",
        ". Also, ",
        "<script>",
        "# system\n",
    ]
)


@st.composite
def findings(draw: st.DrawFn) -> list[Finding]:
    samples = draw(st.lists(st.sampled_from(QUESTIONS.findings), min_size=1, max_size=6, unique_by=lambda s: s.rule))
    told = []
    for number, sample in enumerate(samples, 1):
        severity = draw(st.sampled_from(["adverse", "suspicious", "mitigating"]))
        text = draw(st.sampled_from(["", *QUESTIONS.requests]))
        told.append(sample.finding(f"E{number}").model_copy(update={"severity": severity, "customer_text": text}))
    return told


@st.composite
def mutated(draw: st.DrawFn, good: str) -> str:
    """A good text with up to three harmful edits, down to none: of letters anywhere, or of whole words."""
    text = good
    for _ in range(draw(st.integers(0, 3))):
        text = draw(_edited(text) | _reordered(text))
    return text


@st.composite
def _edited(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)) | st.sampled_from([0, len(text)]))
    to = draw(st.integers(at, min(len(text), at + 6)) | st.just(at))
    return text[:at] + draw(EVIL | st.just("") | st.text(max_size=3)) + text[to:]


@st.composite
def _reordered(draw: st.DrawFn, text: str) -> str:
    """Words, or sentences with markers, dropped, doubled, swapped or put in."""
    words = re.split(r"(?<=\]), | ", text)
    at, to = (draw(st.integers(0, len(words) - 1)) for _ in range(2))
    edit = draw(st.sampled_from(["drop", "double", "swap", "insert", "letter"]))
    if edit == "drop":
        del words[at]
    elif edit == "double":
        words.insert(to, words[at])
    elif edit == "swap":
        words[at], words[to] = words[to], words[at]
    elif edit == "insert":
        words.insert(at, draw(EVIL))
    else:
        words[at] += draw(st.sampled_from([*"\u200b\u202e\u0301é٣²!", "<b>", "&amp;"]))
    return " ".join(words)


@st.composite
def paragraphs(draw: st.DrawFn, count: int) -> str:
    """Markers of so many findings in any order, joined as a good model joins them."""
    return draw(joined_up(draw(st.permutations(range(1, count + 1)))))


@st.composite
def joined_up(draw: st.DrawFn, order: list[int]) -> str:
    joints = st.sampled_from(list(CONNECTIVES.values()))
    return "".join((draw(joints) if place else "") + f"[F{number}]" for place, number in enumerate(order)) + "."


@st.composite
def proposals(draw: st.DrawFn, told: list[Finding]) -> Proposal:
    """Statements for every place of a draft and for none: arbitrary, mutated, or as a good model gives them."""
    first = strongest(told)
    paragraph = draw(paragraphs(len(first)))
    careless = st.lists(st.integers(1, len(first) + 1), min_size=1, max_size=5).flatmap(joined_up)
    statements = [_said("summary", tuple(f.rule for f in first), draw(st.text() | mutated(paragraph) | careless))]
    for finding in told:
        leaf = finding.trace[0]
        slotted = re.sub(r"(?<=: ).*(?=\.$)", f"{{{leaf.evidence_id}.{leaf.fact}}}", finding.text)
        statements.append(_said("finding", (finding.rule,), draw(st.text() | mutated(slotted) | mutated(finding.text))))
    for part in ("for_customer", "missing", "flip", "summary", "finding"):
        statements.append(_said(part, draw(st.sampled_from([(), ("Q-01",), ("X",)])), draw(st.text() | EVIL)))
    asked = [
        Question(rules=rules, text=draw(st.text() | mutated(_asked(request))))
        for request, rules in customer_texts(told, advice_for("request_information")).items()
    ]
    fallbacks = draw(st.lists(st.builds(Fallback), max_size=2))
    shuffled = tuple(draw(st.permutations(statements)))
    return Proposal(statements=shuffled, questions=tuple(asked), fallbacks=tuple(fallbacks))


def _said(part: str, rules: tuple[str, ...], text: str) -> Statement:
    return Statement.model_validate(
        {"text": text, "references": ("E1.made.up",), "source": "model", "rules": rules, "part": part}
    )


def _asked(request: str) -> str:
    return "Could you p" + request[1:-1] + "?"


def ledger_of(told: list[Finding]) -> Ledger:
    ledger = Ledger()
    for finding in told:
        leaf = finding.trace[0]
        assert leaf.value is not None
        evidence = Evidence(
            id=ledger.next_id,
            tool="t",
            trust="recorded",
            facts=(Fact(name=leaf.fact, value=leaf.value),),
            provenance=Provenance(tool="t", version="1"),
        )
        ledger = ledger.append(evidence)
    return ledger


@pytest.fixture(scope="module")
def judged() -> Callable[[Draft, list[Finding], Recommendation], None]:
    def judge(draft: Draft, told: list[Finding], advice: Recommendation) -> None:
        assert draft.disposition == advice.disposition
        own = plan(CASE, ledger_of(told), told, advice, SPECS)
        assert [(each.part, each.rules) for each in draft.statements] == [(each.part, each.rules) for each in own]
        assert [each.references for each in draft.statements] == [each.references for each in own]
        for said, policy in zip(draft.statements, own, strict=True):
            if said.source == "template":
                assert said.text == policy.text
            else:
                _supported(said.text, policy.text, JOINING if said.part == "summary" else SMALL)
        for finding in told:
            assert any(each.rules == (finding.rule,) and each.part == "finding" for each in draft.statements)
        _letter(draft.customer_message, told, advice)

    return judge


def _supported(said: str, policy: str, small: set[str]) -> None:
    """The same figures and the same words as the policy's text, small words apart, and plain characters alone."""
    assert said.isascii()
    assert said.isprintable()
    assert not re.search(r"^ | $|  | [.,:]|,\S*[a-z]", said)
    # Capitals are the policy's, but where a sentence of either begins.
    assert _capitals(said) <= _capitals(policy)
    figures = r"-?\d[\d,.]*"
    assert Counter(re.findall(figures, said)) == Counter(re.findall(figures, policy))
    left = Counter(_words(said)) - Counter(_words(policy))
    lost = Counter(_words(policy)) - Counter(_words(said))
    assert set(left) <= small
    assert set(lost) <= small


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _capitals(text: str) -> set[str]:
    """Words with a capital, the first letters of sentences apart."""
    plain = re.sub(r"(?:^|\. )[A-Z](?=[a-z]*(?![A-Za-z]))", lambda match: match[0].lower(), text)
    return set(re.findall(r"\S*[A-Z]\S*", plain))


def _letter(message: str, told: list[Finding], advice: Recommendation) -> None:
    if advice.disposition not in WHY_ASKED:
        assert message == ""
        return
    assert message.startswith(GREETING)
    asked = message.split("\n\n")[2].splitlines()
    requests = [(finding.severity == "adverse", finding.customer_text) for finding in told if finding.customer_text]
    # Of adverse findings only where no other asks for anything.
    texts = {text for adverse, text in requests if not adverse} or {text for _, text in requests}
    assert len(asked) == len(texts or {ASK_ANYTHING})
    for line in asked:
        bare = [word for word in _words(line) if word not in POLITE]
        policy = [[word for word in _words(text) if word not in POLITE] for text in texts]
        assert bare in policy or line.startswith("Please contact us")
        assert not re.search(r"^ | $|  | [.,?]|(?<=.)[A-Z]", line)
        assert not any(character.isnumeric() for character in line)


def advice_for(disposition: str) -> Recommendation:
    return Recommendation.model_validate(
        {
            "disposition": disposition,
            "confidence": 0.5,
            "row": "r",
            "possible": (disposition,),
            "open_facts": (),
            "missing": (),
            "flips": (),
        }
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), told=findings(), disposition=st.sampled_from(DISPOSITIONS))
def test_no_proposal_ships_an_unsupported_sentence_or_loses_a_finding(
    judged: Callable[[Draft, list[Finding], Recommendation], None],
    data: st.DataObject,
    told: list[Finding],
    disposition: str,
) -> None:
    advice = advice_for(disposition)
    draft = ground(data.draw(proposals(told)), CASE, ledger_of(told), told, advice, SPECS)
    assert draft.disposition == disposition
    judged(draft, told, advice)


@settings(max_examples=60)
@given(data=st.data(), told=findings())
def test_a_good_paragraph_is_taken(data: st.DataObject, told: list[Finding]) -> None:
    """The judge above would be idle if the verifier refused everything."""
    first = strongest(told)
    assume(first)
    said = _said("summary", tuple(finding.rule for finding in first), data.draw(paragraphs(len(first))))
    draft = ground(Proposal(statements=(said,)), CASE, ledger_of(told), told, advice_for("escalate"), SPECS)
    assert draft.statements[0].source == "model"


@given(told=findings(), junk=st.text(min_size=1))
def test_grounding_is_a_function(told: list[Finding], junk: str) -> None:
    proposal = Proposal(statements=(_said("finding", (told[0].rule,), junk),))
    ledger, advice = ledger_of(told), advice_for("escalate")
    assert ground(proposal, CASE, ledger, told, advice, SPECS) == ground(proposal, CASE, ledger, told, advice, SPECS)
