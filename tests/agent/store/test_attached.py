"""The files that drafts rest on are held against what lies there."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.case import Case, CaseFile
from agent.store import Store
from agent.store.attached import lost, sha256_at
from tools.tool import Attachment

Make = Callable[..., Any]
NAME = "renata-teixeira.jpg"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def attached(store: Store, make_case: Make, make_file: Make, tmp_path: Path) -> Path:
    """A drafted case with a document that was altered before its draft, and an open one with a selfie."""
    for name in (NAME, "selfie.png"):
        (tmp_path / name).write_bytes(b"as it came")
    came = [Attachment(role=role, path=path, sha256=sha256(b"as it came")) for role, path in ROLES.items()]
    drafted: Case = make_case("C-1", attachments=(came[0],), source=str(tmp_path))
    store.add_cases([drafted, make_case("C-2", attachments=(came[1],), source=str(tmp_path))])
    (tmp_path / NAME).write_bytes(b"as it was drafted")
    file: CaseFile = make_file(drafted, files={NAME: sha256(b"as it was drafted")})
    store.save_file(file)
    return tmp_path


ROLES: dict[Any, str] = {"document": NAME, "selfie": "selfie.png"}


def test_files_as_the_draft_found_them_or_as_they_came_are_whole(store: Store, attached: Path) -> None:
    told: list[tuple[int, int]] = []
    files = store.attached()
    assert [(each.case_id, each.role) for each in files] == [("C-1", "document"), ("C-2", "selfie")]
    assert lost(files, lambda done, of: told.append((done, of))) == ()
    assert told == [(1, 2), (2, 2)]
    assert [each.case_id for each in store.attached("C-2")] == ["C-2"]


def test_one_byte_and_a_missing_file_are_told_without_the_name(store: Store, attached: Path) -> None:
    (attached / NAME).write_bytes(b"As it was drafted")
    (attached / "selfie.png").unlink()
    assert [(each.case_id, each.what) for each in lost(store.attached())] == [
        ("C-1", "the attached document is changed"),
        ("C-2", "the attached selfie is gone, or cannot be read"),
    ]
    assert NAME not in str(lost(store.attached()))


def test_what_replaced_a_drafted_case_counts(store: Store, attached: Path, make_case: Make) -> None:
    (attached / "new.png").write_bytes(b"new")
    new = Attachment(role="document", path="new.png", sha256=sha256(b"new"))
    store.add_cases([make_case("C-1", attachments=(new,), source=str(attached))])
    assert [each.path.name for each in store.attached("C-1")] == ["new.png"]


def test_what_a_draft_could_not_read_has_no_hash(store: Store, attached: Path, make_file: Make) -> None:
    store.save_file(make_file(store.case("C-1"), attempt=2, files={}))
    assert store.attached("C-1") == ()
    assert sha256_at(attached) == sha256_at(attached / "nothing") == ""
