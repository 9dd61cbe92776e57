"""The examination: a light for each part, a remedy for each that is red, and one failing part hides no other."""

import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from measured_faces import SFACE, written
from users import acting, as_root

from agent.cli import doctor
from agent.cli.doctor import examine
from agent.settings import Settings, read_settings
from vision.serving.remote import Readiness
from vision.types import ModelVersion
from vision.weights import PINNED

Casework = Callable[..., tuple[int, str, str]]
OWN = {"FACE_MATCH_THRESHOLD": "0.5", "FACE_MISMATCH_THRESHOLD": "0.3"}
PARTS = ["python", "packages", "weights", "vision", "tools", "policy", "prompts", "home", "store", "warehouse", "model"]


@pytest.fixture
def lights(home: Path) -> Callable[[], dict[str, doctor.Check]]:
    return lambda: {check.name: check for check in examine(read_settings())}


def test_every_part_is_examined_in_order(home: Path) -> None:
    names = [check.name for check in examine(read_settings())]
    assert list(dict.fromkeys(names)) == PARTS


def test_what_is_in_order_is_green_and_what_is_red_has_a_remedy(lights: Callable[[], dict[str, doctor.Check]]) -> None:
    found = lights()
    sound = ("python", "packages", "tools", "prompts", "home", "store", "warehouse")
    assert {found[name].light for name in sound} == {"green"}
    assert found["model"].light == "off"
    assert "8 cases" in found["store"].what
    assert all(check.remedy for check in found.values() if check.light != "green")


def test_a_store_whose_triggers_are_gone_is_red(lights: Callable[[], dict[str, doctor.Check]], home: Path) -> None:
    with sqlite3.connect(home / "casework.db") as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
    store = lights()["store"]
    assert (store.light, "1 triggers that protect it missing" in store.what) == ("red", True)
    assert "`casework audit verify`" in store.remedy


def test_a_store_that_is_not_there_is_neither_green_nor_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    checks = {check.name: check for check in examine(read_settings())}
    assert (checks["home"].light, checks["home"].what) == ("off", f"there is no folder {str(home)!r}")
    assert "CASEWORK_HOME" in checks["home"].remedy
    assert "store" not in checks
    assert not home.exists()
    home.mkdir()
    checks = {check.name: check for check in examine(read_settings())}
    assert (checks["home"].light, checks["store"].light) == ("green", "off")
    assert str(home / "casework.db") in checks["store"].what
    assert "CASEWORK_HOME" in checks["store"].remedy


def test_a_home_that_is_no_folder_and_can_be_none_is_red(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("CASEWORK_HOME", str(file / "home"))
    code, out, _ = casework("doctor", "--json")
    home = next(check for check in json.loads(out)["checks"] if check["name"] == "home")
    assert (code, home["light"], home["what"]) == (1, "red", f"{str(file)!r} is not a folder")
    assert home["remedy"] == "point CASEWORK_HOME at a folder that you may write to"


@as_root
@pytest.mark.parametrize(("folder", "told"), [("", " belongs to "), ("new", "/new' cannot be made: ")])
def test_a_home_that_may_not_be_written_to_or_made_is_red(folder: str, told: str) -> None:
    with TemporaryDirectory() as there:
        Path(there).chmod(0o755)
        settings = Settings(casework_home=Path(there) / folder)
        found = acting(65_534, 65_534, lambda: next(doctor._home(settings)))
    assert "light='red'" in found
    assert told in found


def test_without_cases_there_is_no_warehouse_to_look_at() -> None:
    checks = {check.name: check for check in examine(read_settings())}
    assert checks["warehouse"].light == "off"
    assert "world build" in checks["warehouse"].remedy


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("POLICY_DIR", "/nowhere", "policy"),
        ("PROMPTS_DIR", "/nowhere", "prompts"),
        ("WAREHOUSE_URL", "duckdb:////nowhere.duckdb", "warehouse"),
    ],
)
def test_a_part_that_fails_is_red_and_hides_no_other(
    lights: Callable[[], dict[str, doctor.Check]], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str
) -> None:
    monkeypatch.setenv(variable, value)
    found = lights()
    assert list(found) == PARTS
    assert found[part].light == "red"
    assert found[part].remedy
    assert "nowhere" in found[part].what


@pytest.mark.parametrize(
    ("variables", "part", "told"),
    [
        ({"FACE_MODEL": __file__, "FACE_MODEL_SHA256": "0", **OWN}, "recogniser", "FACE_MODEL_SHA256"),
        ({"FACE_MODEL": "/nowhere.onnx", **OWN}, "recogniser", "FACE_MODEL"),
        ({"LIVENESS_WEIGHTS": "/nowhere"}, "liveness", "LIVENESS_WEIGHTS"),
    ],
)
def test_a_model_that_the_settings_name_is_loaded(
    lights: Callable[[], dict[str, doctor.Check]],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    part: str,
    told: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = lights()
    assert found[part].light == "red"
    assert told in found[part].remedy
    assert found["weights"].light == "green"


def test_error_rates_are_told_where_they_are_of_the_faces_of_every_source(
    lights: Callable[[], dict[str, doctor.Check]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACE_RATES", str(written(tmp_path / "rates.json")))
    found = lights()["rates"]
    assert (found.light, "--match 0." in found.remedy) == ("red", True)
    monkeypatch.setenv("FACE_MATCH_THRESHOLD", "0.43")
    monkeypatch.setenv("FACE_MISMATCH_THRESHOLD", "0.28")
    found = lights()["rates"]
    pairs = "38 pairs of one person and 262 of two"
    assert found.light == "green"
    assert found.what == f"face comparisons show error rates over {pairs}, by sface {SFACE.sha256[:12]}"


@pytest.mark.parametrize(
    ("text", "told"), [("", "holds no error rates"), (None, "cannot be read"), ("other", "measured with the face")]
)
def test_error_rates_of_something_else_are_red_and_hide_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, told: str
) -> None:
    path = tmp_path / "rates.json"
    if text is not None:
        path.write_text(text)
    if text == "other":
        written(path, model=ModelVersion(name="tiny", sha256="cd" * 32))
    monkeypatch.setenv("FACE_RATES", str(path))
    found = {check.name: check for check in examine(read_settings())}
    assert (found["rates"].light, told in found["rates"].what) == ("red", True)
    assert (found["tools"].light, "sources" in found) == ("green", False)


def test_a_policy_that_does_not_load_leaves_the_rates_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACE_RATES", str(written(tmp_path / "rates.json")))
    monkeypatch.setenv("POLICY_DIR", "/nowhere")
    found = {check.name: check.light for check in examine(read_settings())}
    assert (found["rates"], found["policy"]) == ("green", "red")


def test_synthetic_liveness_is_told(
    lights: Callable[[], dict[str, doctor.Check]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVENESS_WEIGHTS", "synthetic")
    assert lights()["liveness"].light == "green"
    monkeypatch.setenv("VISION_URL", "http://127.0.0.1:1")
    assert "liveness" not in lights()


def test_a_corrupt_store_is_red(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "casework.db").write_bytes(b"no database" * 400)
    found = {check.name: check for check in examine(Settings())}
    assert found["store"].light == "red"
    assert found["warehouse"].light == "red"


def _held() -> Counter[str]:
    """The stores and warehouses that this process has open, those of other tests among them."""
    links = (os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))
    return Counter(path for path in links if "warehouse.duckdb" in path or "casework.db" in path)


def test_what_is_looked_at_is_closed_again(home: Path, casework: Casework) -> None:
    before = _held()
    examine(read_settings())
    assert not _held() - before
    casework("warehouse", "check")
    assert not _held() - before


def test_a_missing_package_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEEDED", ("duckdb", "no-such-package"))
    found = {check.name: check for check in examine(Settings())}
    assert found["packages"].light == "red"
    assert "no-such-package" in found["packages"].what


def test_the_command_exits_with_one_where_something_is_red(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = casework("doctor", "--json")
    checks = json.loads(out)["checks"]
    assert code == (1 if any(check["light"] == "red" for check in checks) else 0)
    monkeypatch.setenv("POLICY_DIR", "/nowhere")
    code, out, _ = casework("doctor")
    assert code == 1
    assert any(line.startswith("red") and "policy" in line for line in out.splitlines())


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "nonsense"])
@pytest.mark.parametrize("model", ["", "big"])
def test_a_language_model_that_is_not_reached_is_red(
    home: Path, monkeypatch: pytest.MonkeyPatch, url: str, model: str
) -> None:
    monkeypatch.setenv("LLM_BASE_URL", url)
    monkeypatch.setenv("LLM_MODEL", model)
    checks = {check.name: check for check in examine(read_settings())}
    assert checks["model"].light == "red"
    assert f"no model at {url!r}" in checks["model"].what
    assert "start the endpoint" in checks["model"].remedy


def test_a_vision_server_that_does_not_answer_is_red(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_URL", "http://127.0.0.1:1")
    checks = {check.name: check for check in examine(read_settings())}
    assert checks["vision"].light == "red"
    assert "casework vision serve" in checks["vision"].remedy
    assert checks["tools"].light == "green"


def test_another_recogniser_without_thresholds_of_its_own_is_red(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FACE_MODEL": "own.onnx", "FACE_MODEL_SHA256": "ab"}.items():
        monkeypatch.setenv(name, value)
    code, out, _ = casework("doctor", "--json")
    found = {check["name"]: check for check in json.loads(out)["checks"]}
    assert (code, found["recogniser"]["light"], found["tools"]["light"]) == (1, "red", "green")
    assert "FACE_MATCH_THRESHOLD, FACE_MISMATCH_THRESHOLD" in found["recogniser"]["what"]
    code, _, err = casework("vision", "match", "a.jpg", "b.jpg")
    assert (code, "FACE_MATCH_THRESHOLD" in err) == (2, True)


@pytest.fixture
def compares(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """VISION_URL is where something answers as a server that compares faces by another recogniser does."""
    other = ModelVersion(name="tiny", sha256="cd" * 32)
    ready = Readiness(ready=True, models=(other,), faces=other).model_dump_json().encode()

    def do_get(self: BaseHTTPRequestHandler) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ready)

    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": do_get, "log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("VISION_URL", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


@pytest.mark.parametrize(("sha256", "light"), [("", "red"), ("ab" * 32, "red"), ("cd" * 32, "green")])
@pytest.mark.usefixtures("compares")
def test_a_server_of_another_recogniser_is_red(monkeypatch: pytest.MonkeyPatch, sha256: str, light: str) -> None:
    for name, value in (OWN | {"FACE_MODEL_SHA256": sha256}).items():
        monkeypatch.setenv(name, value)
    found = {check.name: check for check in examine(read_settings())}["vision"]
    assert found.light == light
    meant = sha256 or PINNED["sface"].sha256
    assert light == "green" or ("tiny cdcdcdcdcdcd" in found.what and meant[:12] in found.what)


def test_face_thresholds_that_do_not_go_together_are_red_by_source(
    lights: Callable[[], dict[str, doctor.Check]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "sources" not in lights()
    monkeypatch.setenv("FACE_MISMATCH_THRESHOLD", "0.99")
    found = lights()["sources"]
    assert found.light == "red"
    assert "face_mismatch 0.99 lies above" in found.what
    assert "face_mismatch by FACE_MISMATCH_THRESHOLD" in found.remedy


def test_without_cases_the_settings_are_held_against_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACE_MISMATCH_THRESHOLD", "0.99")
    checks = {check.name: check for check in examine(read_settings())}
    assert checks["sources"].light == "red"
    assert "lies above" in checks["sources"].what
