"""A run made again from its record, and a prompt that lets citations fall: through the draft path that reviews take."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

import agent.policy
import prompts
from agent.case import ModelCall
from agent.desk import Desk
from agent.llm import Message, Role, request_sha256
from agent.llm.roles import Asking, Sentence
from agent.reviewing import load_prompts
from agent.rules import load_policy
from agent.settings import Settings
from agent.steps import Material, filed, proposed
from agent.store import Store
from evals.compare import compare_runs
from evals.gate import check, read_gates
from evals.record import FOLDER
from evals.replayed import replayed
from evals.runs import Run, read

CARELESS = """---
name: word
role: word
inputs:
  sentence: text
answer: agent.llm.roles.Sentence
prompt_tokens: 400
max_tokens: 200
---
# system
Reword the sentence of a case review. Leave out everything in braces: readers do not like it.
Answer with JSON: {"sentence": "..."}.

# user
{{ sentence }}
"""
PLACEHOLDER = re.compile(r" ?\{E[^}]*\}")


class Obedient:
    """A model that does what its prompt asks for, and nothing of its own."""

    name = "obedient"

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        told = messages[-1].content
        if schema is Sentence:
            careless = "Leave out everything in braces" in messages[0].content
            answer = Sentence(sentence=PLACEHOLDER.sub("", told) if careless else told).model_dump_json()
        elif schema is Asking:
            request = told.rpartition("Please ")[2].strip().removesuffix(".")
            answer = Asking(question=f"Could you please {request}?").model_dump_json()
        else:
            assert schema is not None
            fields = schema.model_json_schema()["properties"]
            firsts = {name: each.get("enum", [each.get("const")])[0] for name, each in fields.items()}
            answer = schema.model_validate(firsts).model_dump_json()
        asked = request_sha256(role, messages, schema, max_tokens)
        return ModelCall(role=role, prompt="", prompt_sha256="", request_sha256=asked, answer=answer, model=self.name)


def drafted(run: Run, settings: Settings, variants: Mapping[str, str] | None = None) -> Run:
    """The run as the obedient model would have it: other words for the same evidence and findings."""
    store, words = Store(settings.casework_home), load_prompts(settings, variants or {})
    roles: frozenset[Role] = frozenset({"merge", "word", "question"})
    desk = Desk(settings, store, load_policy(None), words, None, Obedient(), roles)
    files = []
    for file in run.files:
        told = Material(case=file.case, ledger=file.ledger, findings=file.findings, recommendation=file.recommendation)
        proposal = proposed(desk, told, desk.model)
        files.append(filed(desk, 1, told, proposal, proposal.calls, file.timings_ms))
    store.close()
    return replace(run, info=run.info.model_copy(update={"model": "obedient"}), files=tuple(files), notes={})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("obedient")
    folder = Path(shutil.copytree(Path(prompts.__file__).parent, home / "prompts"))
    (folder / "word.careless.prompt.md").write_text(CARELESS)
    return Settings(casework_home=home, prompts_dir=folder, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def saved(settings: Settings) -> Run:
    """Four recorded cases as today's policy has them, none of them a miss of that policy."""
    run = read(FOLDER)
    places = [place for place, file in enumerate(run.files) if len(file.findings) > 1][:4]
    few = replace(
        run, files=tuple(run.files[place] for place in places), labels=tuple(run.labels[place] for place in places)
    )
    return replayed(few, settings).run


@pytest.fixture(scope="module")
def good(saved: Run, settings: Settings) -> Run:
    return drafted(saved, settings)


@pytest.fixture(scope="module")
def careless(saved: Run, settings: Settings) -> Run:
    return drafted(saved, settings, {"word": "careless"})


def failed(run: Run) -> set[str]:
    """The limits that do not hold, misses of the policy itself apart: they are no prompt's doing."""
    return {each.name for each in check(run.scored, read_gates()) if not each.passed} - {"intolerable misses"}


def test_a_prompt_that_keeps_citations_passes_the_gate(good: Run) -> None:
    assert sum(each.kept.asked for each in good.scored) > 6
    assert all(each.kept.kept == each.kept.asked for each in good.scored)
    assert failed(good) == set()


def test_a_prompt_that_drops_citations_is_caught_by_the_gate(careless: Run) -> None:
    assert failed(careless) == {"kept"}
    caught = next(each for each in check(careless.scored, read_gates()) if each.name == "kept")
    assert set(caught.cases) == {each.case_id for each in careless.scored if each.kept.kept < each.kept.asked}


def test_what_a_careless_prompt_writes_never_reaches_a_draft(good: Run, careless: Run) -> None:
    """The verifier puts each such sentence aside: drafts say what they said, in the policy's words."""
    assert any("word: policy text" in note for file in careless.files for note in file.draft.notes)
    for each, other in zip(good.scored, careless.scored, strict=True):
        assert (each.citations.recall, each.decision.answer) == (other.citations.recall, other.decision.answer)
    compared = compare_runs(good.scored, careless.scored)
    kept = next(test for test in compared.tests if test.name == "every model sentence kept")
    assert (kept.fixed, kept.broken > 0) == (0, True)


def test_a_draft_that_ships_without_citations_is_caught_too(careless: Run) -> None:
    """The same sentences with no verifier between the model and the draft."""
    bare = [
        file.model_copy(
            update={
                "draft": file.draft.model_copy(
                    update={
                        "statements": tuple(
                            told.model_copy(update={"references": ()}) for told in file.draft.statements
                        )
                    }
                )
            }
        )
        for file in careless.files
    ]
    assert "citation recall" in failed(replace(careless, files=tuple(bare)))


def test_a_run_made_again_from_its_record_is_the_same(good: Run, settings: Settings) -> None:
    again = replayed(good, settings)
    assert (again.changed, again.unanswered) == ((), ())
    assert [file.draft for file in again.run.files] == [file.draft for file in good.files]
    assert [file.calls for file in again.run.files] == [file.calls for file in good.files]


def test_a_run_without_a_model_is_made_again_too(good: Run, settings: Settings) -> None:
    silent = good.files[0].model_copy(update={"model": "", "calls": (), "roles": ()})
    again = replayed(replace(good, files=(silent,), labels=good.labels[:1]), settings)
    assert again.unanswered == ()
    assert all(told.source == "template" for told in again.run.files[0].draft.statements)


def test_another_prompt_has_no_recorded_answers(good: Run, settings: Settings, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(settings.prompts_dir or Path(), tmp_path / "prompts"))
    path = folder / "word.prompt.md"
    path.write_text(path.read_text().replace("# user\n", "# user\nBe brief.\n"))
    again = replayed(good, settings.model_copy(update={"prompts_dir": folder}))
    asked = {file.case.case_id for file in good.files if any(call.role == "word" for call in file.calls)}
    assert set(again.unanswered) == asked
    assert "kept" in failed(again.run)


def test_another_policy_is_seen_in_the_drafts(good: Run, settings: Settings, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(Path(agent.policy.__file__).parent, tmp_path / "policy"))
    table = folder / "dispositions.yaml"
    table.write_text('- {id: all, when: "true", then: approve, why: Nothing is ever wrong.}\n')
    again = replayed(good, settings.model_copy(update={"policy_dir": folder}))
    assert {file.draft.disposition for file in again.run.files} == {"approve"}
    assert set(again.changed) >= {file.case.case_id for file in good.files if file.draft.disposition != "approve"}
    missed = [label.case_id for label in good.labels if label.intolerable]
    caught = next(each for each in check(again.run.scored, read_gates()) if each.name == "intolerable misses")
    assert (caught.passed, list(caught.cases)) == (not missed, missed)
