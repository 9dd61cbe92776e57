"""The only reader of the environment. Settings are read once, at the command line, and passed down as arguments."""

from __future__ import annotations

import logging
import os
import pwd
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from agent.errors import SettingsError, because

Similarity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False, examples=[0.4])]
"""A cosine."""
PARSER = logging.getLogger("dotenv.main")
"""What is told of lines in `.env` that are none."""
KINDS = {"integer": "a whole number", "number": "a number"}
BOUNDS = {"exclusiveMinimum": "above", "minimum": "from", "maximum": "up to"}
"""What settings take, by the words of JSON Schema."""
SHOWN = 60
"""Characters of a value that an error shows."""
LIKE = 0.8
"""How much of two names has to agree for one to be taken for the other misspelt."""


def endpoint(url: str) -> str:
    """The one way to write the URL of a server that has a key of its own: it names the server in records and messages,
    so that nothing secret may stand in it. Raises ValueError where a name or password does, or any other @."""
    if "@" in url:
        raise ValueError("it contains an @, as after a name or password; leave these out, and set the key instead")
    return url.rstrip("/")


Endpoint = Annotated[str, AfterValidator(endpoint)]


class Settings(BaseSettings):
    """Every setting, its default and its meaning. `.env.example` repeats them and a test holds the two together."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    casework_home: Path = Field(Path(".casework"), description="Folder of all state: cases, checkpoints, model files.")
    casework_reviewer: str = Field("", description="Your name in reviews and the audit trail; empty: the login name.")
    reviewers: str = Field("", description="Who may decide and reopen: names separated by commas; empty means anybody.")
    casework_debug: bool = Field(False, description="Show the traceback of an unexpected error.")
    warehouse_url: str = Field("", description="URL of DuckDB, PostgreSQL or Spark SQL; empty means that of the case.")
    warehouse_without: str = Field(
        "", description="Tables, by comma, that may be empty or missing: p2p_orders of an exchange without p2p."
    )
    policy_dir: Path | None = Field(None, description="Folder of rules and tables; empty means the packaged policy.")
    prompts_dir: Path | None = Field(None, description="Folder of prompts; empty means the packaged prompts.")
    llm_base_url: Endpoint = Field(
        "", description="OpenAI-compatible endpoint; empty means the embedded model, if fetched."
    )
    llm_api_key: SecretStr = Field(SecretStr("none"), description="Key of that endpoint.")
    llm_model: str = Field("", description="Model name at that endpoint; empty takes the first one it lists.")
    llm_timeout_s: float = Field(
        30.0, gt=0, le=600, description="Seconds one model call may take, if the case has them left."
    )
    llm_max_tokens: int = Field(600, ge=16, description="Tokens one answer may have.")
    case_token_budget: int = Field(20_000, ge=0, description="Tokens one case may use, all model calls together.")
    tool_timeout_s: float = Field(30.0, gt=0, le=600, description="Seconds one tool call may take.")
    case_timeout_s: float = Field(300.0, gt=0, description="Seconds one case may take in all.")
    max_tool_calls: int = Field(6, ge=0, description="Further tool calls after the mandatory ones.")
    face_match_threshold: Similarity | None = Field(
        None, description="Cosine similarity from which two faces match, in rules too; empty: that of source or policy."
    )
    face_search_threshold: Similarity | None = Field(
        None,
        description="Cosine similarity from which two accounts show one face; a source's goes first; empty: 0.5.",
    )
    face_mismatch_threshold: Similarity | None = Field(
        None,
        description="Cosine similarity below which two faces differ, in rules too; empty: that of source or policy.",
    )
    face_search_allowed: bool | None = Field(
        None,
        description="Whether a selfie is searched for in those of all accounts (audited); empty: as source.json says.",
    )
    ring_search_allowed: bool = Field(
        False, description="Whether all accounts may be searched for rings of linked ones: `casework warehouse rings`."
    )
    face_model: Path | None = Field(
        None, description="ONNX file of another face recogniser, which needs thresholds of its own; empty means SFace."
    )
    face_model_sha256: str = Field(
        "", description="The sha256 of that file; no other is loaded, and a server that reports another is not trusted."
    )
    face_index_model_sha256: str = Field(
        "", description="The sha256 of the recogniser that made the warehouse's face_index; empty means SFace."
    )
    face_rates: Path | None = Field(
        None,
        description="Output of `casework vision bench face --json`: error rates shown with comparisons; empty: none.",
    )
    forgery_detector: Literal["joint", "blocks", "network"] = Field(
        "joint",
        description="Forgery detector: blocks (trees, the fastest), network, or joint (both added up).",
    )
    vision_url: Endpoint = Field("", description="Server that measures pictures; empty means this process.")
    vision_api_key: SecretStr = Field(SecretStr(""), description="Key of that server, for its clients and itself.")
    reader_url: Endpoint = Field(
        "", description="OpenAI-compatible endpoint that reads documents; empty means OCR here."
    )
    reader_model: str = Field("", description="Model name at that endpoint.")
    reader_api_key: SecretStr = Field(SecretStr("none"), description="Key of that endpoint.")
    liveness_weights: Path | None = Field(
        None, description="Folder of liveness weights, or synthetic for rendered heads; empty means not assessed."
    )
    liveness_weights_sha256: str = Field(
        "", description="The sha256 of that folder's files, one after another by name; no others are loaded."
    )

    @property
    def without(self) -> frozenset[str]:
        """The tables that are rightly empty or not there."""
        return frozenset(name.strip() for name in self.warehouse_without.split(",") if name.strip())

    @property
    def roster(self) -> tuple[str, ...]:
        """Who may decide and reopen cases; empty where anybody may."""
        return tuple(name.strip() for name in self.reviewers.split(",") if name.strip())


def read_settings() -> Settings:
    """The settings as the environment and `.env` give them. Raises SettingsError for a value that does not fit, values
    that do not go together, or a `.env` that does not read."""
    settings = single_settings()
    check_recogniser(settings)
    return settings


def check_recogniser(settings: Settings) -> None:
    """Raises SettingsError where another face recogniser is named without thresholds of its own: its similarities have
    a scale on which SFace's mean nothing. FACE_MODEL_SHA256 alone names that of the server at VISION_URL."""
    if settings.face_model is None and not settings.face_model_sha256:
        return
    if settings.face_model is None and not settings.vision_url:
        raise SettingsError("FACE_MODEL_SHA256 is set, and FACE_MODEL is not", "set both, or neither")
    searched = settings.face_search_allowed or settings.face_index_model_sha256
    lacking = {
        "FACE_MATCH_THRESHOLD": settings.face_match_threshold is None,
        "FACE_MISMATCH_THRESHOLD": settings.face_mismatch_threshold is None,
        "FACE_SEARCH_THRESHOLD": searched and settings.face_search_threshold is None,
    }
    if names := ", ".join(name for name, lacks in lacking.items() if lacks):
        what = f"another face recogniser than SFace is named without thresholds of its own: {names}"
        raise SettingsError(what, "set them; `casework vision bench face` tries thresholds on your own pairs")


def single_settings() -> Settings:
    """The settings each by itself, whether or not they go together. Raises SettingsError as `read_settings` does."""
    try:
        return Settings()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{_file()!r} is not UTF-8 text", "save it as UTF-8, or delete it") from error
    except OSError as error:
        what = f"{_file()!r} cannot be read: {because(error)}"
        raise SettingsError(what, "make it readable, or delete it") from error
    except ValidationError as error:
        raise _misfit(error) from None


def _misfit(error: ValidationError) -> SettingsError:
    """What is wrong with the first value that does not fit, and what the setting takes."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "value_error":
        # Of a check of ours, which tells no value where it may hold a password.
        what = first["msg"].removeprefix("Value error, ")
        return SettingsError(f"setting {name.upper()}: {what}", "correct it in the environment or in .env")
    remedy = f"set it in the environment or in .env to {_takes(name)}"
    return SettingsError(f"setting {name.upper()} is {str(first['input'])[:SHOWN]!r}", remedy)


def _takes(name: str) -> str:
    """What a setting takes, with an example."""
    about = Settings.model_json_schema()["properties"][name]
    one = about.get("anyOf", [about])[0]
    if "enum" in one or one["type"] == "boolean":
        return " or ".join(one.get("enum", ("true", "false")))
    bounds = "".join(f" {word} {one[bound]}" for bound, word in BOUNDS.items() if bound in one)
    return f"{KINDS[one['type']]}{bounds}, such as {one.get('examples', [about['default']])[0]}"


def misspelt() -> dict[str, str]:
    """The names in `.env` that are like those of settings and are none, each with the setting that is nearest: they
    share a first word that several settings begin with, or most letters. Names of other programs are left alone."""
    PARSER.disabled = True
    try:
        unknown = DotEnvSettingsSource(Settings).env_vars.keys() - Settings.model_fields.keys()
    except (OSError, UnicodeDecodeError):
        return {}
    finally:
        PARSER.disabled = False
    firsts = Counter(name.partition("_")[0] for name in Settings.model_fields)
    near = {name: _nearest(name, 0.0 if firsts[name.partition("_")[0]] > 1 else LIKE) for name in sorted(unknown)}
    return {name.upper(): setting.upper() for name, setting in near.items() if setting}


def _nearest(name: str, least: float) -> str:
    return next(iter(get_close_matches(name, Settings.model_fields, n=1, cutoff=least)), "")


def _file() -> str:
    return str(Settings.model_config["env_file"])


def login_name() -> str:
    """The name of the user this process runs as; a number where the system has no name for it, as in containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"
