"""One wording for what the system refuses, and nothing of what stands in a file."""

from pathlib import Path

import pytest

from vision.errors import because, one_of


def test_the_system_says_why_in_small_letters(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "gone").read_bytes()
    assert because(caught.value) == "no such file or directory"
    assert because(OSError()) == "OSError"


def test_what_stands_in_a_file_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="customer") as caught:
        int("a customer's name")
    assert because(caught.value) == "ValueError"


def test_a_remedy_lists_what_there_is() -> None:
    assert one_of(("face", "forgery")) == "choose one of face, forgery"
