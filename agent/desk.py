"""What a review has within reach: settings, store, policy, tools with their sources, and a language model if any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, ValidationError

from agent.case import Case, Role
from agent.errors import PolicyError, ToolError
from agent.llm import Model
from agent.policy.model import FACE_THRESHOLDS, Policy, face_fault, load_policy
from agent.rates import rates_at
from agent.settings import Settings
from agent.store import Store
from agent.store.attached import sha256_at
from prompts import Prompts
from tools.evidence import FactSpec, Frozen
from tools.registry import all_tools
from tools.tool import AnyTool, Sources, specs_of
from tools.warehouse import Warehouse
from vision.client import open_vision
from vision.protocol import VisionConfig

Number = Annotated[float, Field(strict=True)]
ANSWERED = 0.9
"""Share of a tool's time in which a server has to answer, so that one that does not is told by its address."""


class Source(Frozen):
    """What `source.json` in a case's source folder says of it. `thresholds` take the place of the policy's of the same
    name and `face_search` that of the settings: rendered faces are not told apart where photographs are. A source whose
    faces are nobody's says so with `face_search_allowed`, which counts where the settings say neither yes nor no."""

    kind: str = ""
    seed: int = 0
    thresholds: dict[str, Number] = Field(default_factory=dict)
    face_search: Number | None = None
    face_search_allowed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Desk:
    """Handed to every node of the graph. `sources` is None where only a person's decision is recorded; `model` is None
    and `roles` empty where nobody but the policy speaks."""

    settings: Settings
    store: Store
    policy: Policy
    prompts: Prompts
    sources: Sources | None = None
    model: Model | None = None
    roles: frozenset[Role] = frozenset()
    tools: Mapping[str, AnyTool] = field(default_factory=all_tools)

    @cached_property
    def specs(self) -> Mapping[str, FactSpec]:
        return specs_of(self.tools)


def read_source(folder: str) -> Source:
    """What the source folder of cases says of itself; nothing where it says nothing."""
    path = Path(folder) / "source.json"
    if not path.is_file():
        return Source()
    try:
        return Source.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ToolError(f"{str(path)!r} cannot be read", "build the source again, or correct the file") from error


def file_hashes(case: Case) -> dict[str, str]:
    """The sha256 of the attached files as they lie there now, by path; a file that cannot be read is left out."""
    found = {each.path: sha256_at(Path(case.source) / each.path) for each in case.attachments}
    return {path: sha256 for path, sha256 in found.items() if sha256}


def policy_for(source: str, settings: Settings) -> Policy:
    """The policy for the cases of a source folder: packaged or named by the settings, with the thresholds of the
    source, and before those the face thresholds that the settings name.

    Raises PolicyError where a threshold of the source is none of the policy, or where faces cannot be compared with
    what all three leave.
    """
    return policy_with(read_source(source), settings)


def policy_with(source: Source, settings: Settings) -> Policy:
    """The policy for the cases of a source that says this of itself. Raises as `policy_for` does."""
    named = _face_thresholds(settings)
    policy = load_policy(settings.policy_dir, {**source.thresholds, **named})
    if fault := face_fault(policy.values):
        places = {name: "the policy" for name in FACE_THRESHOLDS}
        places |= {name: "source.json" for name in places if name in source.thresholds}
        places |= {name: f"{name.upper()}_THRESHOLD" for name in named}
        told = ", ".join(f"{name} by {place}" for name, place in places.items())
        raise PolicyError(fault, f"set -1 <= face_mismatch <= face_match <= 1; they are set here: {told}")
    return policy


def _face_thresholds(settings: Settings) -> dict[str, float]:
    """The face thresholds that the settings name, under the policy's names."""
    named = {"face_match": settings.face_match_threshold, "face_mismatch": settings.face_mismatch_threshold}
    return {name: value for name, value in named.items() if value is not None}


def warehouse_url(source: str, settings: Settings) -> str:
    """Where the tables about the cases of a source folder are: where the settings say, else in that folder."""
    return settings.warehouse_url or f"duckdb:///{Path(source) / 'warehouse.duckdb'}"


def vision_config(settings: Settings, thresholds: Mapping[str, float] = MappingProxyType({})) -> VisionConfig:
    """What pictures are measured with: the settings, with the face thresholds of a policy where they name none."""
    used = {**thresholds, **_face_thresholds(settings)}
    return VisionConfig(
        face_match=used.get("face_match", VisionConfig.face_match),
        face_mismatch=used.get("face_mismatch", VisionConfig.face_mismatch),
        face_model=settings.face_model,
        face_model_sha256=settings.face_model_sha256,
        forgery_detector=settings.forgery_detector,
        liveness_weights=settings.liveness_weights,
        liveness_weights_sha256=settings.liveness_weights_sha256,
        reader_url=settings.reader_url,
        reader_model=settings.reader_model,
        reader_key=settings.reader_api_key.get_secret_value(),
        server_url=settings.vision_url,
        server_key=settings.vision_api_key.get_secret_value(),
        timeout_s=ANSWERED * settings.tool_timeout_s,
    )


def open_sources(source: str, settings: Settings, policy: Policy, *, pictures: bool = False) -> Sources:
    """The warehouse, the measurements and the files that evidence about the cases of a source folder is drawn from.
    Where there are `pictures` to measure, the models are loaded here, in no tool's time.

    Raises WarehouseError where the warehouse cannot be opened: that is nobody's evidence; SettingsError where the error
    rates that the settings name are none of the comparisons to come.
    """
    config = vision_config(settings, policy.values)
    rates, vision = rates_at(settings, config), open_vision(config)
    if pictures:
        vision.load()
    said, permitted = read_source(source), settings.face_search_allowed
    searched = (said.face_search, settings.face_search_threshold)
    return Sources(
        warehouse=Warehouse.open(warehouse_url(source, settings), without=settings.without),
        vision=vision,
        files=Path(source),
        face_search=next((each for each in searched if each is not None), Sources.face_search),
        face_search_allowed=said.face_search_allowed if permitted is None else permitted,
        face_index_model=settings.face_index_model_sha256,
        face_rates=rates,
    )
