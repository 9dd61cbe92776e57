"""The only reader of the environment. Settings are read once, at the command line, and passed down as arguments."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.errors import SettingsError

Similarity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
"""A cosine."""


class Settings(BaseSettings):
    """Every setting, its default and its meaning. `.env.example` repeats them and a test holds the two together."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    casework_home: Path = Field(Path(".casework"), description="Folder of all state: cases, checkpoints, model files.")
    casework_reviewer: str = Field("", description="Your name in reviews and the audit trail; else the login name.")
    casework_debug: bool = Field(False, description="Show the traceback of an unexpected error.")
    warehouse_url: str = Field("", description="SQLAlchemy URL of the warehouse; empty means that of the case.")
    policy_dir: Path | None = Field(None, description="Folder of rules and tables; empty means the packaged policy.")
    prompts_dir: Path | None = Field(None, description="Folder of prompts; empty means the packaged prompts.")
    llm_base_url: str = Field("", description="OpenAI-compatible endpoint; empty means the embedded model, if fetched.")
    llm_api_key: SecretStr = Field(SecretStr("none"), description="Key of that endpoint.")
    llm_model: str = Field("", description="Model name at that endpoint; empty takes the first one it lists.")
    llm_timeout_s: float = Field(
        30.0, gt=0, le=600, description="Seconds one model call may take, if the case has them left."
    )
    llm_max_tokens: int = Field(600, ge=16, description="Tokens one answer may have.")
    case_token_budget: int = Field(20_000, ge=0, description="Tokens one case may use, all model calls together.")
    tool_timeout_s: float = Field(10.0, gt=0, le=600, description="Seconds one tool call may take.")
    case_timeout_s: float = Field(120.0, gt=0, description="Seconds one case may take in all.")
    max_tool_calls: int = Field(6, ge=0, description="Further tool calls after the mandatory ones.")
    face_match_threshold: Similarity | None = Field(
        None, description="Cosine similarity from which two faces match, in rules too; empty: that of source or policy."
    )
    face_search_threshold: Similarity = Field(
        0.50,
        description="Cosine similarity from which another account's selfie shows the same face; a source's goes first.",
    )
    face_mismatch_threshold: Similarity | None = Field(
        None,
        description="Cosine similarity below which two faces differ, in rules too; empty: that of source or policy.",
    )
    face_search_allowed: bool = Field(
        False, description="Whether a selfie may be searched for among those of all accounts; each search is audited."
    )
    face_model: Path | None = Field(None, description="ONNX file of another face recogniser; empty means SFace.")
    face_model_sha256: str = Field("", description="The sha256 of that file; no other is loaded.")
    face_index_model_sha256: str = Field(
        "", description="The sha256 of the recogniser that made the warehouse's face_index; empty means SFace."
    )
    forgery_detector: Literal["joint", "blocks", "network"] = Field(
        "joint", description="What looks for forgery: trees (blocks), the network, which abstains more, or both."
    )
    vision_url: str = Field("", description="Server that measures pictures; empty means this process.")
    vision_api_key: SecretStr = Field(SecretStr(""), description="Key of that server, for its clients and itself.")
    reader_url: str = Field("", description="OpenAI-compatible endpoint that reads documents; empty means OCR here.")
    reader_model: str = Field("", description="Model name at that endpoint.")
    reader_api_key: SecretStr = Field(SecretStr("none"), description="Key of that endpoint.")
    liveness_weights: Path | None = Field(
        None, description="Folder of liveness weights, or synthetic for rendered heads; empty means not assessed."
    )
    liveness_weights_sha256: str = Field(
        "", description="The sha256 of a folder's files, one after another by name; no others are loaded."
    )


def read_settings() -> Settings:
    """The settings as the environment and `.env` give them. Raises SettingsError for a value that does not fit."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(map(str, first["loc"])).upper()
        raise SettingsError(f"setting {name}: {first['msg']}", "correct it in the environment or in .env") from error


def login_name() -> str:
    """The name of the user this process runs as."""
    return pwd.getpwuid(os.getuid()).pw_name
