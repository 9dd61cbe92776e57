"""The evidence cache: the same question is answered once, another one is asked, and failures are asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from measured_faces import face_bench
from pydantic import BaseModel

from evals.runs.memory import FOLDER, Memory, code_sha256, file_sha256, files_sha256, measuring
from tools.call import call_tool
from tools.errors import Unusable
from tools.evidence import Evidence, Exhibit, Unavailable
from tools.tool import AnyTool, Attachment, Found, NoArguments, Sources, Subject, Tool
from vision.protocol import VisionConfig

SUBJECT = Subject(customer_id="U-1", as_of="2026-11-01T08:00:00Z")
SOURCES = Sources(warehouse=cast(Any, None), vision=cast(Any, None), files=Path())
FOUND = Found(facts={"a.flag": True, "a.share": 1.0}, exhibits=(Exhibit(kind="quotes", title="Said", content="[]"),))


class Limited(BaseModel):
    """An argument."""

    limit: int = 3


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def tool(asked: list[str]) -> AnyTool:
    from tools.evidence import FactSpec

    def run(subject: Subject, sources: Sources, arguments: BaseModel) -> Found:
        asked.append(subject.customer_id)
        return FOUND

    specs = (FactSpec(name="a.flag", kind="flag", meaning="a"), FactSpec(name="a.share", kind="number", meaning="b"))
    return Tool("a.tool", "Asks.", run, Limited, specs, "measured", 1.0)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / FOLDER, source="s", measuring="m", searching="f")


def ask(memory: Memory, tool: AnyTool, subject: Subject = SUBJECT, **arguments: int) -> Evidence | Unavailable:
    remembering = memory.tools({tool.name: tool})[tool.name]
    return call_tool(remembering, "E1", subject, SOURCES, arguments)


def test_an_answer_is_given_once_and_comes_back_as_it_was(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    first, second = ask(memory, tool), ask(memory, tool)
    assert first == second
    assert isinstance(second, Evidence)
    assert [(fact.name, type(fact.value)) for fact in second.facts] == [("a.flag", bool), ("a.share", float)]
    assert (len(asked), memory.tally.asked, memory.tally.remembered) == (1, 2, 1)


@pytest.mark.parametrize(
    "other",
    [
        lambda memory, tool: ask(replace(memory, source="other warehouse"), tool),
        lambda memory, tool: ask(replace(memory, measuring="other model"), tool),
        lambda memory, tool: ask(replace(memory, searching="other threshold"), tool),
        lambda memory, tool: ask(memory, replace(tool, version="2")),
        lambda memory, tool: ask(memory, tool, limit=4),
        lambda memory, tool: ask(memory, tool, SUBJECT.model_copy(update={"customer_id": "U-2"})),
        lambda memory, tool: ask(memory, tool, _with(sha256="1" * 64)),
    ],
)
def test_anything_an_answer_depends_on_asks_anew(
    memory: Memory, tool: AnyTool, asked: list[str], other: Callable[[Memory, AnyTool], object]
) -> None:
    ask(memory, tool)
    other(memory, tool)
    assert len(asked) == 2


def _with(sha256: str) -> Subject:
    return SUBJECT.model_copy(update={"attachments": (Attachment(role="selfie", path="a.jpg", sha256=sha256),)})


def test_recorded_evidence_does_not_depend_on_measurements(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    recorded = replace(tool, trust="recorded")
    ask(memory, recorded)
    ask(replace(memory, measuring="other model"), recorded)
    assert len(asked) == 1


def test_failures_are_asked_again(memory: Memory, tool: AnyTool) -> None:
    tries = []

    def fails(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
        tries.append(subject)
        raise Unusable("no selfie attached", "ask for one")

    failing = replace(tool, run=fails)
    assert {type(ask(memory, failing)) for _ in range(2)} == {Unavailable}
    assert (len(tries), memory.tally.asked) == (2, 0)


def test_what_a_server_measured_is_not_kept(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    served = replace(memory, served=True)
    for _ in range(2):
        ask(served, tool)
    assert len(asked) == 2
    assert not list(memory.folder.rglob("*.json"))


def test_over_a_warehouse_without_a_hash_nothing_is_kept(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    live = replace(memory, source="")
    for trust in ("measured", "recorded"):
        for _ in range(2):
            ask(live, replace(tool, trust=trust))
    assert len(asked) == 4
    assert not list(memory.folder.rglob("*.json"))


def test_a_spoilt_answer_is_asked_again(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    ask(memory, tool)
    (path,) = memory.folder.rglob("*.json")
    path.write_text("{")
    assert isinstance(ask(memory, tool), Evidence)
    assert len(asked) == 2


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(memory: Memory, tool: AnyTool, asked: list[str]) -> None:
    memory.folder.write_text("in the way")
    first, second = ask(memory, tool), ask(memory, tool)
    assert isinstance(first, Evidence)
    assert first == second
    assert (len(asked), memory.tally.remembered) == (2, 0)


def test_weights_count_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"1")
    before = measuring(VisionConfig(liveness_weights=tmp_path))
    (tmp_path / "weights").write_bytes(b"2")
    assert measuring(VisionConfig(liveness_weights=tmp_path)) != before
    assert measuring(VisionConfig(reader_key="secret")) == measuring(VisionConfig())


def test_error_rates_count_by_their_content(tmp_path: Path) -> None:
    def searching(sources: Sources) -> str:
        return Memory.of(tmp_path, "s", VisionConfig(), sources).searching

    rates = face_bench()
    told = [
        searching(replace(SOURCES, face_rates=each)) for each in (None, rates, rates.model_copy(update={"pairs": 9}))
    ]
    assert len({*told, searching(SOURCES)}) == 3
    assert searching(replace(SOURCES, face_rates=face_bench())) == told[1]


def test_hashes_of_files(tmp_path: Path) -> None:
    assert file_sha256(tmp_path / "nothing") == ""
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1")
    two.write_text("2")
    assert files_sha256([one, two]) == files_sha256([two, one]) != files_sha256([one])
    assert code_sha256("tools") != code_sha256("vision")
