"""`.env.example` names every setting, its default and its meaning, and nothing else."""

import re
from pathlib import Path
from traceback import format_exception

import pytest
from pydantic import SecretStr

from agent.errors import SettingsError
from agent.settings import Settings, read_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
ENTRY = re.compile(r"^# (?P<meaning>.+)\n(?P<name>[A-Z_0-9]+)=(?P<default>.*)$", re.MULTILINE)


def written(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def test_the_example_holds_every_setting_with_its_default_and_meaning() -> None:
    entries = [(each["name"], each["default"], each["meaning"]) for each in ENTRY.finditer(EXAMPLE.read_text())]
    fields = Settings.model_fields.items()
    assert entries == [(name.upper(), written(field.default), field.description) for name, field in fields]
    assert EXAMPLE.read_text().count("=") == len(entries)


def test_the_example_reads_as_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASEWORK_HOME")
    monkeypatch.setitem(Settings.model_config, "env_file", EXAMPLE)
    assert read_settings() == Settings.model_construct(**{n: f.default for n, f in Settings.model_fields.items()})


def test_a_value_that_does_not_fit_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_TOOL_CALLS", "-1")
    with pytest.raises(SettingsError, match=r"^setting MAX_TOOL_CALLS is '-1'; set it .* to a whole number from 0, "):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("TOOL_TIMEOUT_S", "abc", "a number above 0 up to 600, such as 30.0"),
        ("CASE_TIMEOUT_S", "0", "a number above 0, such as 300.0"),
        ("LLM_MAX_TOKENS", "1.5", "a whole number from 16, such as 600"),
        ("RING_SEARCH_ALLOWED", "maybe", "true or false"),
        ("FORGERY_DETECTOR", "trees", "joint or blocks or network"),
        ("FACE_MATCH_THRESHOLD", "nan", "a number from -1 up to 1, such as 0.4"),
    ],
)
def test_an_error_says_what_stood_there_and_what_the_setting_takes(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, takes: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert str(raised.value) == f"setting {name} is {value!r}; set it in the environment or in .env to {takes}"


def test_every_setting_that_can_be_wrong_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (str, Path, SecretStr, Path | None)
    fields = {name for name, field in Settings.model_fields.items() if field.annotation not in texts}
    for name in fields:
        monkeypatch.setenv(name.upper(), "x")
        with pytest.raises(SettingsError, match=f"^setting {name.upper()} is 'x'; set"):
            read_settings()
        monkeypatch.delenv(name.upper())
    assert "tool_timeout_s" in fields


@pytest.mark.parametrize("value", ["1.5", "-2", "nan", "inf"])
@pytest.mark.parametrize("name", ["FACE_MATCH_THRESHOLD", "FACE_MISMATCH_THRESHOLD", "FACE_SEARCH_THRESHOLD"])
def test_a_threshold_is_a_cosine(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


ANOTHER = {"FACE_MODEL": "own.onnx", "FACE_MODEL_SHA256": "ab"}
OWN = {"FACE_MATCH_THRESHOLD": "0.43", "FACE_MISMATCH_THRESHOLD": "0.28"}
ONLY_HASH = {"FACE_MODEL_SHA256": "ab"}
SERVER = {"VISION_URL": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        (ANOTHER, "FACE_MATCH_THRESHOLD, FACE_MISMATCH_THRESHOLD$"),
        (ANOTHER | SERVER, "FACE_MATCH_THRESHOLD, FACE_MISMATCH_THRESHOLD$"),
        (ONLY_HASH | SERVER, "FACE_MATCH_THRESHOLD, FACE_MISMATCH_THRESHOLD$"),
        (ANOTHER | {"FACE_MATCH_THRESHOLD": "0.5"}, ": FACE_MISMATCH_THRESHOLD$"),
        (ANOTHER | OWN | {"FACE_SEARCH_ALLOWED": "true"}, ": FACE_SEARCH_THRESHOLD$"),
        (ANOTHER | OWN | {"FACE_INDEX_MODEL_SHA256": "ab"}, ": FACE_SEARCH_THRESHOLD$"),
        (ONLY_HASH | OWN, "FACE_MODEL is not$"),
    ],
)
def test_another_recogniser_needs_thresholds_of_its_own(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], missing: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert re.search(missing, raised.value.what)


@pytest.mark.parametrize(
    "variables",
    [
        OWN,
        SERVER,
        ANOTHER | OWN,
        ONLY_HASH | OWN | SERVER,
        ANOTHER | OWN | {"FACE_SEARCH_ALLOWED": "true", "FACE_SEARCH_THRESHOLD": "0.5"},
    ],
)
def test_a_recogniser_with_its_thresholds_is_taken(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read_settings().vision_url == variables.get("VISION_URL", "")


@pytest.mark.parametrize(("value", "read"), [("", None), ("false", False), ("true", True)])
def test_a_search_of_faces_is_permitted_denied_or_left_to_the_source(
    monkeypatch: pytest.MonkeyPatch, value: str, read: bool | None
) -> None:
    monkeypatch.setenv("FACE_SEARCH_ALLOWED", value)
    assert read_settings().face_search_allowed is read


def test_a_key_never_shows_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(read_settings())


@pytest.mark.parametrize("name", ["LLM_BASE_URL", "VISION_URL", "READER_URL"])
@pytest.mark.parametrize(
    "url",
    ["http://ada:s3cret@127.0.0.1:1/v1", "ada:s3cret@host/v1", "http:/ada:s3cret@host", "http://ada:s3#cret@host"],
)
def test_a_url_that_is_shown_holds_no_password(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(SettingsError, match=f"{name}.*password.*set the key") as raised:
        read_settings()
    assert "s3" not in "".join(format_exception(raised.value))


def test_a_server_has_one_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_BASE_URL", "http://127.0.0.1:1/v1/")
    assert read_settings().llm_base_url == "http://127.0.0.1:1/v1"
