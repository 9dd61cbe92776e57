"""Roles are earned on fixed questions, recorded, and lost when a prompt or the questions change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agent.case import ROLES, ModelCall, Role
from agent.draft.ground import skeleton
from agent.errors import ModelError
from agent.llm import Message, request_sha256
from agent.llm.qualify import (
    PACKAGED,
    PASS_RATE,
    Earned,
    Record,
    find,
    granted,
    load_questions,
    merged,
    qualify,
    save,
    trials,
)
from prompts import Prompts
from vision.wilson import share

PROMPTS = Prompts.load()


def _joints(markers: list[str]) -> dict[str, str]:
    return {marker: "in addition" if number % 2 else "and" for number, marker in enumerate(markers)}


class Answering:
    """Answers every role as `skill` says: well, by copying, wrongly, or not at all."""

    name = "answering"

    def __init__(self, skill: str, wrong_every: int = 0) -> None:
        self.skill, self.wrong_every, self.count = skill, wrong_every, 0

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        self.count += 1
        wrong = self.wrong_every and self.count % self.wrong_every == 0
        said = {"none": "of it"} if wrong else getattr(self, f"_{self.skill}")(role, messages[-1].content)
        error = "wrong form" if wrong or self.skill == "silent" else ""
        return ModelCall(
            role=role,
            prompt="",
            prompt_sha256="",
            request_sha256=request_sha256(role, messages, schema, max_tokens),
            answer=json.dumps(said),
            error=error,
            model=self.name,
        )

    def _well(self, role: Role, asked: str) -> dict[str, str]:
        if role == "merge":
            markers = [line.partition(":")[0] for line in asked.splitlines()]
            return _joints(markers[1:])
        if role == "word":
            return {"sentence": "Here " + asked[0].lower() + asked[1:]}
        if role == "question":
            return {"question": "Could you p" + asked[1:-1] + "?"}
        able = re.search(r"^- (\S+): tells [a-z]", asked, re.MULTILINE)
        return {"tool": able[1] if able else "escalate"}

    def _copy(self, role: Role, asked: str) -> dict[str, str]:
        return {"word": {"sentence": asked}, "question": {"question": asked}}.get(role) or self._well(role, asked)

    def _padding(self, role: Role, asked: str) -> dict[str, str]:
        return {name: f"{text} " for name, text in self._copy(role, asked).items()}

    def _doubling(self, role: Role, asked: str) -> dict[str, str]:
        return {name: text.replace(" ", "  ", 1) for name, text in self._well(role, asked).items()}

    def _shouting(self, role: Role, asked: str) -> dict[str, str]:
        said = self._copy(role, asked) if role == "word" else self._well(role, asked)
        return {name: re.sub(r"(?<=.{12})[a-z](?![^{]*})", lambda m: m[0].upper(), text) for name, text in said.items()}

    def _badly(self, role: Role, asked: str) -> dict[str, str]:
        wrong = {"word": {"sentence": "It is fine."}, "question": {"question": "Why?"}}
        return wrong.get(role, {"tool": "escalate"})

    def _silent(self, role: Role, asked: str) -> dict[str, str]:
        return {}


def run(model: Any, roles: Any = ROLES) -> Record:
    return qualify(model, "here", PROMPTS, "2026-11-01T00:00:00+00:00", roles)


def test_a_good_model_earns_every_role(tmp_path: Path) -> None:
    record = run(Answering("well"))
    assert {role: earned.rate for role, earned in record.roles.items()} == dict.fromkeys(ROLES, 1.0)
    save(tmp_path, record)
    assert granted(tmp_path, "answering", "here", PROMPTS) == frozenset(ROLES)


def test_a_copy_shows_no_ability() -> None:
    record = run(Answering("copy"), ["word", "question"])
    assert record.roles["word"].copied == record.roles["word"].asked
    assert not record.roles["word"].granted
    assert not record.roles["question"].granted


@pytest.mark.parametrize("skill", ["padding", "doubling", "shouting"])
def test_blanks_and_capitals_show_no_ability(skill: str) -> None:
    record = run(Answering(skill), ["word", "question"])
    assert [earned.passed for earned in record.roles.values()] == [0, 0]
    assert not any(earned.granted for earned in record.roles.values())


def test_wrong_answers_earn_nothing() -> None:
    record = run(Answering("badly"), ["word", "question", "investigate"])
    assert [earned.refused for earned in record.roles.values()] == [e.asked for e in record.roles.values()]
    assert not any(earned.granted for earned in record.roles.values())


def test_a_model_that_never_answers_is_an_error_and_no_record() -> None:
    with pytest.raises(ModelError, match="gave no answer"):
        run(Answering("silent"), ["question"])


@pytest.mark.parametrize(("wrong_every", "is_granted"), [(10, True), (8, False)])
def test_the_bar_is_nine_in_ten(wrong_every: int, is_granted: bool) -> None:
    earned = run(Answering("well", wrong_every), ["investigate"]).roles["investigate"]
    assert earned.granted is is_granted
    assert (earned.rate >= PASS_RATE) is is_granted
    assert earned.unanswered == earned.asked - earned.passed


def test_progress_is_told() -> None:
    told: list[tuple[Role, int, int]] = []
    qualify(Answering("well"), "here", PROMPTS, "now", ["question"], lambda *step: told.append(step))
    total = len(load_questions().requests)
    assert told == [("question", number, total) for number in range(1, total + 1)]


@pytest.mark.parametrize("role", ROLES)
def test_the_questions_are_the_same_every_time(role: Role) -> None:
    class Noting(Answering):
        def ask(self, *asked: Any) -> ModelCall:
            seen.append(request_sha256(*asked))
            return super().ask(*asked)

    seen: list[str] = []
    first = [trial(Noting("well"), PROMPTS) for trial in trials(role, load_questions())]
    hashes, seen = seen, []
    assert [trial(Noting("well"), PROMPTS) for trial in trials(role, load_questions())] == first
    assert seen == hashes
    assert len(first) >= 18


def test_every_sample_sentence_can_be_worded() -> None:
    questions = load_questions()
    specs = {sample.fact: sample.spec for sample in questions.findings}
    for sample in questions.findings:
        own = skeleton(sample.finding("E1"), specs)
        assert own.wordable, sample.rule
        assert ("{E1." in own.text) == (sample.kind != "flag" and "{}" in sample.says)


def test_a_changed_prompt_grants_nothing(tmp_path: Path) -> None:
    save(tmp_path, run(Answering("well"), ["question", "investigate"]))
    folder = tmp_path / "prompts"
    folder.mkdir()
    for prompt in PROMPTS.by_name.values():
        (folder / prompt.path.name).write_text(prompt.path.read_text("utf-8"), "utf-8")
    with (folder / "question.prompt.md").open("a", encoding="utf-8") as file:
        file.write("\nBe kind.\n")
    assert granted(tmp_path, "answering", "here", Prompts.load(folder)) == {"investigate"}


@pytest.mark.parametrize(("model", "endpoint"), [("other", "here"), ("answering", "there")])
def test_a_record_speaks_for_one_model_at_one_endpoint(tmp_path: Path, model: str, endpoint: str) -> None:
    save(tmp_path, run(Answering("well"), ["question"]))
    assert granted(tmp_path, model, endpoint, PROMPTS) == frozenset()


def test_another_set_of_questions_grants_nothing(tmp_path: Path) -> None:
    record = run(Answering("well"), ["question"])
    save(tmp_path, record.model_copy(update={"questions": record.questions + 1}))
    assert granted(tmp_path, "answering", "here", PROMPTS) == frozenset()


def test_a_record_cannot_claim_more_than_its_counts(tmp_path: Path) -> None:
    record = run(Answering("badly"), ["question"])
    claimed = record.roles["question"].model_copy(update={"granted": True})
    save(tmp_path, record.model_copy(update={"roles": {"question": claimed}}))
    assert granted(tmp_path, "answering", "here", PROMPTS) == frozenset()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": "answering"}', "\x00"])
def test_a_record_that_does_not_read_is_none(tmp_path: Path, content: str) -> None:
    path = save(tmp_path, run(Answering("well"), ["question"]))
    path.write_text(content, "utf-8")
    assert find(tmp_path, "answering", "here") is None
    assert granted(tmp_path, "answering", "here", PROMPTS) == frozenset()


def test_roles_asked_one_at_a_time_add_up(tmp_path: Path) -> None:
    first, second = run(Answering("well"), ["question"]), run(Answering("well"), ["investigate"])
    assert set(merged(first, second).roles) == {"question", "investigate"}
    assert merged(None, second) == second
    assert merged(first.model_copy(update={"questions": 0}), second) == second


def packaged() -> list[Path]:
    return [path for path in PACKAGED.glob("*.json") if path.name != "questions.json"]


def test_packaged_records_still_hold_for_the_packaged_prompts() -> None:
    assert packaged()
    for path in packaged():
        record = Record.model_validate_json(path.read_bytes())
        assert find(Path("/nonexistent"), record.model, record.endpoint) == record
        assert record.questions == load_questions().version
        assert {role: earned.prompt_sha256 for role, earned in record.roles.items()} == {
            role: PROMPTS[role].sha256 for role in record.roles
        }
        assert all(_consistent(earned) for earned in record.roles.values())


def _consistent(earned: Earned) -> bool:
    counted = earned.passed + earned.unanswered + earned.refused + earned.copied
    rate = share(earned.passed, earned.asked)
    return (
        counted == earned.asked
        and earned.granted == (earned.passed >= PASS_RATE * earned.asked)
        and (round(rate.low, 4), round(rate.high, 4)) == (earned.low, earned.high)
    )
