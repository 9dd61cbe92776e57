"""Answers of tools kept on disk, for evaluations alone: evidence depends on no prompt, and measuring pictures is by far
the slowest part of a review.

An answer is found again by everything it was made from: the tool and its version, its arguments, the subject with the
hashes of its files, the warehouse, the settings of the measurements, and the code of `tools` and `vision`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from tools.evidence import AttachmentRole, Exhibit, Fault, Frozen, Value
from tools.tool import AnyTool, Found, Sources, Subject
from tools.warehouse import ROW_LIMIT, Parameter, Rows, Warehouse
from vision.protocol import VisionConfig

FOLDER = "evidence"
ROOT = Path(__file__).parents[2]
BESIDE = frozenset({"synth", "train", "bench", "cli", "fonts", "__pycache__"})
"""Folders whose code measures nothing."""
PATIENCE_S = 120.0
"""Seconds a tool has in an evaluation: what it says should not depend on how busy the machine is."""


class Patient(Warehouse):
    """A warehouse that waits: what it answers should not depend on how busy the machine is."""

    def query(
        self, sql: str, parameters: Mapping[str, Parameter], limit_s: float | None = None, most: int = ROW_LIMIT
    ) -> Rows:
        return super().query(sql, parameters, max(limit_s or 0.0, PATIENCE_S), most)

    @classmethod
    def behind(cls, sources: Sources) -> Sources:
        """The same sources with a patient warehouse."""
        opened = sources.warehouse
        return replace(sources, warehouse=cls(opened.engine, opened.catalogue, "", opened.without))


class Answer(Frozen):
    """What a tool found, as it is kept."""

    facts: dict[str, Annotated[Value, Field(union_mode="smart")]]
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]
    source: str
    faults: dict[str, Fault]
    roles: tuple[AttachmentRole, ...]


@dataclass
class Tally:
    """How many answers were given and how many of them were remembered."""

    asked: int = 0
    remembered: int = 0


@dataclass(frozen=True)
class Memory:
    """The answers under `folder` that were given with the same `source` (hash of the warehouse), measurements, face
    search and error rates. Failures are not kept, nor what a server measured: it may run anything; and nothing at all
    where the warehouse has no hash: it may hold something else by now."""

    folder: Path
    source: str
    measuring: str
    searching: str
    served: bool = False
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, home: Path, source: str, config: VisionConfig, sources: Sources) -> Memory:
        """The memory for cases over one warehouse, of which `source` is the hash."""
        search = f"{sources.face_search} {sources.face_search_allowed} {sources.face_index_model}"
        told = f"{search} {sources.face_rates!r}"
        return cls(home / FOLDER, source, measuring(config), told, bool(config.server_url))

    def tools(self, tools: Mapping[str, AnyTool]) -> Mapping[str, AnyTool]:
        """The same tools, each asked only where it was not asked before, and given the time it needs."""
        return MappingProxyType({name: self._remembering(tool) for name, tool in tools.items()})

    def _remembering(self, tool: AnyTool) -> AnyTool:
        def run(subject: Subject, sources: Sources, arguments: BaseModel) -> Found:
            path = self._path(tool, subject, arguments)
            known = _read(path)
            found = known or tool.run(subject, sources, arguments)
            self.tally.asked += 1
            self.tally.remembered += known is not None
            if known is None:
                _write(path, found)
            return found

        kept = bool(self.source) and (tool.trust != "measured" or not self.served)
        return replace(tool, run=run if kept else tool.run, limit_s=PATIENCE_S)

    def _path(self, tool: AnyTool, subject: Subject, arguments: BaseModel) -> Path:
        made_from: list[object] = [tool.name, tool.version, code_sha256("tools"), self.source]
        made_from += [subject.model_dump(mode="json"), arguments.model_dump(mode="json")]
        made_from += [code_sha256("vision"), self.measuring, self.searching] if tool.trust == "measured" else []
        key = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
        return self.folder / key[:2] / f"{key}.json"


def measuring(config: VisionConfig) -> str:
    """What pictures are measured with. The models are pinned by the code; a folder of weights counts by its content."""
    weights = files_sha256(config.liveness_weights.rglob("*")) if config.liveness_weights else ""
    return f"{config!r} {weights}"


@cache
def code_sha256(package: str) -> str:
    """Hash of the sources, queries and models' pins of one of our packages."""
    found = chain.from_iterable((ROOT / package).rglob(pattern) for pattern in ("*.py", "*.sql", "*.yaml"))
    return files_sha256(path for path in found if not BESIDE & set(path.relative_to(ROOT).parts))


def files_sha256(paths: Iterable[Path]) -> str:
    """One hash over files and their names; where they lie does not count."""
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(f"{path.name}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file; of nothing where it is not there."""
    if not path.is_file():
        return ""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _read(path: Path) -> Found | None:
    try:
        answer = Answer.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return Found(answer.facts, answer.exhibits, answer.notes, answer.source, answer.faults, answer.roles)


def _write(path: Path, found: Found) -> None:
    """Keep an answer. One that cannot be kept, as on a full disk, is an answer all the same: it must not be missing."""
    answer = Answer(
        facts=dict(found.facts),
        exhibits=found.exhibits,
        notes=found.notes,
        source=found.source,
        faults=dict(found.faults),
        roles=found.roles,
    )
    partial = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(answer.model_dump_json(), "utf-8")
        partial.replace(path)
