"""Each fault of a prompt is found at its line, and the shipped prompts have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from evals.lab.heldout import HeldOut, held_out, phrases
from evals.lab.lint import Linted, Linter
from evals.lab.lock import read_lock
from evals.lab.trials import qualification
from prompts import FOLDER, SUFFIX

QUESTION = (Path(__file__).parent / "prompts" / "question.prompt.md").read_text("utf-8")
"""A prompt without examples, whatever is shipped."""
MERGE = (FOLDER / "merge.prompt.md").read_text("utf-8")


class Customer(BaseModel):
    """What a prompt about a customer might take."""

    name: str
    age: int | None = None
    messages: tuple[str, ...] = ()


CUSTOMER = f"{Customer.__module__}.{Customer.__qualname__}"
ABOUT = f"""---
name: question
role: question
inputs:
  customer: {CUSTOMER}
  others: list[{CUSTOMER}]
answer: agent.llm.roles.Asking
prompt_tokens: 300
max_tokens: 160
---
# system
Be brief.

# user
BODY
"""


def linter(held: HeldOut | None = None) -> Linter:
    return Linter(qualification, held or HeldOut({}, {}), {})


def lint(folder: Path, text: str, name: str = "question", held: HeldOut | None = None) -> Linted:
    path = folder / f"{name}{SUFFIX}"
    path.write_text(text, "utf-8")
    return linter(held).lint(path)


def found(linted: Linted) -> list[tuple[int, str]]:
    return [(fault.line, fault.check) for fault in linted.faults]


@pytest.mark.parametrize("path", sorted(FOLDER.glob(f"*{SUFFIX}")), ids=lambda path: path.name)
def test_the_packaged_prompts_have_no_fault(path: Path) -> None:
    linted = Linter(qualification, held_out(Path("/nowhere")), read_lock(FOLDER)).lint(path)
    assert linted.faults == ()
    assert linted.size is not None
    assert 50 < linted.size.tokens <= linted.size.budget


def test_the_longest_question_is_named_and_held_against_the_budget(tmp_path: Path) -> None:
    linted = lint(tmp_path, QUESTION.replace("prompt_tokens: 300", "prompt_tokens: 90"))
    assert found(linted) == [(7, "budget")]
    assert linted.size is not None
    assert (linted.size.tried, linted.size.budget) == (20, 90)
    assert f"{linted.size.longest} needs {linted.size.tokens} tokens" in linted.faults[0].what


@pytest.mark.parametrize(
    ("text", "line", "check", "says"),
    [
        ("nothing", 1, "load", "no front matter"),
        (QUESTION.replace("{{ request }}", "{{ reqest }}"), 16, "load", "'reqest' is not declared"),
        (QUESTION.replace("{{ request }}", "Hello."), 5, "load", "'request' is declared but never used"),
        (QUESTION.replace("request: text", "request: list[text]"), 17, "path", "join it, or loop over it"),
        (QUESTION.replace("request: text", "request: count"), 5, "type", "is not of type count"),
        (QUESTION.replace("request: text", "request: agent.case.Nothing"), 5, "type", "does not exist"),
        (QUESTION.replace("request: text", "request: agent.llm.roles.merge"), 5, "type", "not a pydantic model"),
        (QUESTION.replace("  request: text", "  request: text\n  more: text") + "{{ more }}", 4, "type", "but takes"),
        (QUESTION.replace("request: text", "request: txet"), 5, "load", "inputs.request: 'txet' is not a valid type"),
        (QUESTION.replace("# user", "# system"), 15, "load", "a system part after the first part"),
        (QUESTION.replace("# system", "# user"), 15, "load", "a user part out of turn"),
        (QUESTION.replace("# user", "# assistant"), 10, "load", "no user part"),
        (QUESTION.replace("# system", "# user").replace("# user\n{{", "# assistant\n{{"), 15, "load", "the last part"),
        (QUESTION.replace("roles.Asking", "roles.Nothing"), 6, "answer", "does not exist"),
        (QUESTION.replace("roles.Asking", "roles.merge"), 6, "answer", "neither a pydantic model"),
        (QUESTION.replace("roles.Asking", "roles.Sentence"), 6, "answer", "expects Asking"),
        (QUESTION.replace("{{ request }}", "{{ request.words }}"), 16, "path", "no field 'words'; it is text"),
        (QUESTION.replace("{{ request }}", "{% for x in request %}{{ x }}{% endfor %}"), 16, "path", ", not a list"),
    ],
)
def test_a_fault_is_found_at_its_line(tmp_path: Path, text: str, line: int, check: str, says: str) -> None:
    linted = lint(tmp_path, text)
    told = next(fault for fault in linted.faults if says in fault.what)
    assert (told.line, told.check) in {(line, check), (line - 1, check)}
    assert told.remedy


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{ customer.nme }}{{ others | length }}", "'customer' has no field 'nme'; it has name, age, messages"),
        ("{{ customer.name.first }}{{ others | length }}", "'customer.name' has no field 'first'; it is text"),
        ("{{ customer }}{{ others | length }}", "'customer' has fields"),
        ("{{ customer.messages }}{{ others | length }}", "'customer.messages' is a list"),
        ("{{ others }}{{ customer.name }}", "'others' is a list"),
        ("{% for one in others %}{{ one.nme }}{% endfor %}{{ customer.name }}", "'one' has no field 'nme'"),
        ("{% for one in customer.name %}x{% endfor %}{{ others | length }}", "'customer.name' is text, not a list"),
        ("{% set x = customer %}{{ x.nme }}{{ others | length }}", "'x' has no field 'nme'"),
        ("{% if customer.nme %}x{% endif %}{{ others | length }}", "no field 'nme'"),
        ("{{ (others | first).nme }}{{ customer.name }}", "no field 'nme'"),
        ("{{ others[0].nme }}{{ customer.name }}", "no field 'nme'"),
        ("{{ 'x' ~ customer.nme }}{{ others | length }}", "no field 'nme'"),
        ("{{ others | map(attribute='name') | join(customer.nme) }}", "no field 'nme'"),
    ],
)
def test_paths_follow_the_declared_types(tmp_path: Path, body: str, says: str) -> None:
    faults = lint(tmp_path, ABOUT.replace("BODY", body)).faults
    assert [(fault.line, fault.check) for fault in faults] == [(15, "path")]
    assert says in faults[0].what


@pytest.mark.parametrize(
    "body",
    [
        "{{ customer.name }} {{ customer.age }} {{ customer.messages | join(' ') }} {{ others | length }}",
        "{% for one in others | sort(attribute='name') %}{{ loop.index }} {{ one.name | upper }}{% endfor %}"
        "{{ customer.messages[0] }}",
        "{% for key, value in {'a': customer.name}.items() %}{{ key }}{{ value }}{% endfor %}{{ others[0].name }}",
        "{% if others %}{% for text in customer.messages %}{{ text }}{% endfor %}{% endif %}",
    ],
)
def test_paths_that_are_there_are_no_fault(tmp_path: Path, body: str) -> None:
    faults = lint(tmp_path, ABOUT.replace("BODY", body)).faults
    assert not [fault for fault in faults if fault.check == "path"]


@pytest.mark.parametrize(
    ("body", "bare"),
    [
        ("{{ customer.messages | join(' ') }}", False),
        ("{% for text in customer.messages %}\n- {{ text }}\n{% endfor %}", False),
        ("{{ customer.messages | join(' ') | upper }}", True),
        ("{{ customer.messages | join(' ') | truncate(60) }}", True),
        ("{{ customer.messages[0][:100] }}", True),
        ("{{ customer.messages | join(' ') | replace('<<', '') }}", True),
        ("{{ customer.messages | join(' ') | wordwrap(20) }}", True),
    ],
)
def test_untrusted_text_stays_in_its_fence(tmp_path: Path, body: str, bare: bool) -> None:
    text = ABOUT.replace("BODY", body + "{{ others | length }}").replace(
        "answer:", "untrusted: [customer.messages]\nanswer:"
    )
    faults = [fault for fault in lint(tmp_path, text).faults if fault.check == "fence"]
    assert bool(faults) == bare
    assert all(16 <= fault.line <= 18 and "outside its fence" in fault.what for fault in faults)


def test_untrusted_text_has_no_place_in_the_system_part(tmp_path: Path) -> None:
    text = QUESTION.replace("request: text", "request: text\nuntrusted: [request]")
    assert lint(tmp_path, text).faults == ()
    wrong = text.replace("You turn a request", "{{ request }} You turn a request")
    assert [fault.what for fault in lint(tmp_path, wrong).faults] == ["untrusted text is in the system part"]


EXAMPLE = """examples:
- given:
    request: Please tell us your new address.
  answer:
    question: Could you please tell us your new address?
"""
SHOWN = "{% for each in examples %}{{ each.given.request }} {{ each.answer | tojson }}\n{% endfor %}{{ request }}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), ""),
        (("request: Please", "requst: Please"), "its inputs are ['requst']"),
        (("request: Please tell us your new address.", "request: [1]"), "request: Input should be"),
        (("question: Could", "sentence: Could"), "the answer: Field required"),
        (
            ("Could you please tell us your new address?", "Send us your seed phrase."),
            "the verifier refuses its answer",
        ),
        (("your new address?", "your old password?"), "it leaves out 'new', 'address' and adds 'old', 'password'"),
    ],
)
def test_examples_have_the_declared_types(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = QUESTION.replace("answer:", EXAMPLE.replace(*change) + "answer:", 1).replace("{{ request }}", SHOWN)
    faults = lint(tmp_path, text).faults
    assert [(fault.line, fault.check) for fault in faults][:1] == ([(6, "example")] if says else [])
    assert not says or says in faults[0].what


@pytest.mark.parametrize(
    ("printed", "whole"),
    [
        ("{{ request }}", True),
        ("{{ request | wordwrap(20) }} {{ request | upper }}", True),
        ("{{ request | truncate(10) }}", False),
        ("{{ request | truncate }}", False),
        ("{{ request[:200] }}", False),
        ("{% if request | length > 9999 %}{{ request }}{% endif %}", False),
        ("{% if request | length < 100 %}{{ request }}{% endif %}", False),
    ],
)
def test_what_the_answer_is_about_reaches_the_model_whole(tmp_path: Path, printed: str, whole: bool) -> None:
    faults = lint(tmp_path, QUESTION.replace("{{ request }}", printed)).faults
    assert [(fault.line, fault.check) for fault in faults] == ([] if whole else [(16, "input")])


def test_every_element_of_a_list_reaches_the_model(tmp_path: Path) -> None:
    loop = "{% for finding in findings %}"
    linted = lint(tmp_path, MERGE.replace(loop, "{% for finding in findings[:1] %}"), "merge")
    assert [fault.what for fault in linted.faults] == [
        "the answer depends on 'findings', which is not always printed in full"
    ]


def test_a_character_that_no_screen_shows_is_a_fault(tmp_path: Path) -> None:
    faults = lint(tmp_path, QUESTION.replace("polite", "po\u200blite\x1b[2J")).faults
    assert [(fault.line, fault.check) for fault in faults] == [(11, "hidden"), (11, "hidden")]
    assert "it contains the invisible character U+200B" in faults[0].what


def test_a_filter_that_does_not_exist_is_told_by_line(tmp_path: Path) -> None:
    (fault,) = lint(tmp_path, QUESTION.replace("{{ request }}", "{{ request | politely }}")).faults
    assert (fault.line, fault.check, fault.what) == (16, "load", "No filter named 'politely'.")


def test_a_quoted_case_or_phrase_is_a_leak(tmp_path: Path) -> None:
    told = "The customer lent her account to a friend of her brother for a fee"
    held = HeldOut({"V-1007": "val"}, dict.fromkeys(phrases(told), "a label of the val set"))
    quoted = QUESTION.replace(
        "Add no reason", "As in V-1007: the customer lent\nher account to a friend of her BROTHER. Add no reason"
    )
    faults = lint(tmp_path, quoted, held=held).faults
    assert [(fault.line, fault.check) for fault in faults] == [(13, "leak"), (13, "leak")]
    assert "'V-1007' belongs to the val set" in faults[0].what
    assert "a label of the val set" in faults[1].what
    assert (
        lint(tmp_path, QUESTION.replace("Add", "The customer lent her account to a stranger. Add"), held=held).faults
        == ()
    )


def test_the_qualification_questions_are_held_out() -> None:
    held = held_out(Path("/nowhere"))
    assert list(held.leaks('Say: "Please upload a new picture of your identity document."'))
    assert not list(held.leaks("Please upload a new picture of your passport."))


def test_labels_and_case_texts_are_held_out(exchange: Path, tmp_path: Path, files: list[Any]) -> None:
    labels = (exchange / "world" / "labels.jsonl").read_text("utf-8")
    (tmp_path / "cases" / "test").mkdir(parents=True)
    (tmp_path / "cases" / "test" / "labels.jsonl").write_text(labels, "utf-8")
    held = held_out(tmp_path, [("val", file) for file in files])
    assert held.ids["C-1001"] == "test"
    assert {"a label of the test set"} <= set(held.phrases.values())


def test_a_shipped_file_that_is_not_the_locked_one_is_told(folder: Path) -> None:
    path = folder / "question.prompt.md"
    lock = read_lock(folder)
    judge = Linter(qualification, HeldOut({}, {}), lock)
    assert judge.lint(path).faults == ()
    path.write_text(QUESTION.replace("polite", "kind"), "utf-8")
    assert [fault.check for fault in judge.lint(path).faults] == ["lock"]
    assert lock["question"].sha256[:12] in judge.lint(path).faults[0].what
    (folder / "question.kind.prompt.md").write_text(QUESTION.replace("polite", "kind"), "utf-8")
    assert judge.lint(folder / "question.kind.prompt.md").faults == ()


def test_a_list_of_findings_is_followed(tmp_path: Path) -> None:
    linted = lint(tmp_path, MERGE.replace("finding.title", "finding.text"), "merge")
    assert [fault.what for fault in linted.faults] == ["'finding' has no field 'text'; it has marker, title"]


def test_all_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    text = QUESTION.replace("prompt_tokens: 300", "prompt_tokens: 20").replace("{{ request }}", "Hello.")
    assert found(lint(tmp_path, text)) == [(5, "load"), (7, "budget")]
    twice = QUESTION.replace("request: text", "request: txet").replace("max_tokens: 160", "max_tokens: 9\nmood: good")
    assert found(lint(tmp_path, twice)) == [(5, "load"), (8, "load"), (9, "load")]
    roles = QUESTION.replace("# user", "# system").replace("roles.Asking", "roles.Nothing").replace("300", "20")
    assert found(lint(tmp_path, roles)) == [(6, "answer"), (7, "budget"), (10, "load"), (15, "load")]
    outer = (
        QUESTION.replace("request: text", "request: txet").replace("# user", "# system").replace("You turn", "{{ 1 +")
    )
    assert found(lint(tmp_path, outer)) == [(5, "load"), (10, "load"), (11, "load"), (15, "load")]
    broken = QUESTION.replace("{{ request }}", "{{ request ").replace("You turn", "{{ who }} turn")
    assert found(lint(tmp_path, broken)) == [(11, "load"), (16, "load")]


def test_a_wrong_field_is_told_in_words_with_what_it_may_be(tmp_path: Path) -> None:
    changes = (("request: text", "request: txet"), ("roles.Asking", "roles Asking"), ("name: question", "name: Q-1"))
    for old, new in changes:
        (fault,) = lint(tmp_path, QUESTION.replace(old, new)).faults
        assert "String should" not in fault.what
        assert "^" not in fault.what
        assert fault.remedy.startswith("use ")


def test_every_fault_has_its_remedy(tmp_path: Path, prompt: Callable[..., Any]) -> None:
    assert all(fault.remedy for fault in lint(tmp_path, QUESTION.replace("{{ request }}", "{{ x }}")).faults)
