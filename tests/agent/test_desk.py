"""What a review has within reach follows from the case's source and the settings."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from measured_faces import face_bench, written

from agent.case import Case
from agent.desk import open_sources, policy_for, read_source, vision_config, warehouse_url
from agent.errors import PolicyError, PromptError, SettingsError, ToolError, WarehouseError
from agent.review.record import file_hashes, reason_codes
from agent.session import load_prompts, open_desk
from agent.settings import Settings, login_name
from agent.store import Store
from tools.registry import all_tools
from tools.tool import Attachment, Sources
from vision.client import open_vision
from vision.protocol import VisionConfig
from vision.serving.remote import RemoteVision


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_the_source_sets_its_own_thresholds(source: Path, make_case: Callable[..., Case]) -> None:
    case = make_case(source=str(source))
    plain = policy_for(case.source, Settings())
    (source / "source.json").write_text(
        json.dumps({"kind": "simulated", "seed": 1, "thresholds": {"face_match": 0.68}})
    )
    assert read_source(case.source).thresholds == {"face_match": 0.68}
    policy = policy_for(case.source, Settings())
    assert policy.values["face_match"] == 0.68
    assert policy.sha256 != plain.sha256


def test_face_thresholds_of_the_settings_go_before_those_of_source_and_policy(
    source: Path, make_case: Callable[..., Case]
) -> None:
    case = make_case(source=str(source))
    (source / "source.json").write_text(json.dumps({"thresholds": {"face_match": 0.74, "face_mismatch": 0.62}}))
    settings = Settings(face_match_threshold=0.9, face_mismatch_threshold=0.1)
    policy, plain = policy_for(case.source, settings), policy_for(case.source, Settings())
    for each, match, mismatch in ((policy, 0.9, 0.1), (plain, 0.74, 0.62)):
        assert (each.values["face_match"], each.values["face_mismatch"]) == (match, mismatch)
    assert policy.sha256 != plain.sha256
    for config in (vision_config(settings, policy.values), vision_config(settings, plain.values)):
        assert (config.face_match, config.face_mismatch) == (0.9, 0.1)
    with pytest.raises(PolicyError, match=r"0\.62 lies above .* 0\.5") as raised:
        policy_for(case.source, Settings(face_match_threshold=0.5))
    assert "face_match by FACE_MATCH_THRESHOLD, face_mismatch by source.json" in raised.value.remedy


@pytest.mark.parametrize(
    "thresholds", [{"face_match": 0.5, "face_mismatch": 0.9}, {"face_match": 74}, {"face_match": 0.2}]
)
def test_face_thresholds_of_a_source_that_no_comparison_takes_are_refused_by_name(
    source: Path, make_case: Callable[..., Case], thresholds: dict[str, float]
) -> None:
    (source / "source.json").write_text(json.dumps({"thresholds": thresholds}))
    with pytest.raises(PolicyError, match="face_match") as raised:
        policy_for(str(source), Settings())
    assert "face_match by source.json" in raised.value.remedy


@pytest.mark.parametrize(("text", "error"), [("{", ToolError), ('{"thresholds": {"no_such": 1}}', PolicyError)])
def test_a_source_that_does_not_read_is_named(
    source: Path, make_case: Callable[..., Case], text: str, error: type[Exception]
) -> None:
    (source / "source.json").write_text(text)
    with pytest.raises(error):
        policy_for(str(source), Settings())


def test_the_settings_name_a_warehouse_before_the_source_does(source: Path, make_case: Callable[..., Case]) -> None:
    case = make_case(source=str(source))
    assert warehouse_url(case.source, Settings()) == f"duckdb:///{source}/warehouse.duckdb"
    assert warehouse_url(case.source, Settings(warehouse_url="duckdb:////elsewhere")) == "duckdb:////elsewhere"
    with pytest.raises(WarehouseError):
        open_sources(case.source, Settings(), policy_for(case.source, Settings()))


def test_a_desk_has_everything_and_no_model_unless_there_is_one(home: Path) -> None:
    settings, store = Settings(casework_home=home), Store(home)
    case = store.case(store.queue()[0].case_id)
    with open_desk(store, settings, case) as desk:
        assert (desk.model, desk.roles) == (None, frozenset())
        assert desk.tools == all_tools()
        assert set(desk.specs) >= {"face.similarity", "flow.in_out_hours"}
        assert desk.sources is not None
        assert desk.sources.files == Path(case.source)


@pytest.mark.parametrize(
    ("settings_say", "source_says", "allowed"),
    [
        (None, True, True),
        (None, False, False),
        (None, None, False),
        (True, True, True),
        (True, False, True),
        (True, None, True),
        (False, True, False),
        (False, None, False),
    ],
)
def test_the_exchange_permits_its_own_face_search_unless_the_settings_say_otherwise(
    home: Path, source: Path, settings_say: bool | None, source_says: bool | None, allowed: bool
) -> None:
    store = Store(home)
    case = store.case(store.queue()[0].case_id)
    assert read_source(case.source).face_search_allowed, "the simulated exchange's faces are nobody's"
    shutil.copytree(case.source, source, dirs_exist_ok=True)
    (source / "source.json").unlink()
    if source_says is not None:
        (source / "source.json").write_text(json.dumps({"face_search_allowed": source_says}))
    settings = Settings(casework_home=home, face_search_allowed=settings_say, face_index_model_sha256="ab")
    sources = open_sources(str(source), settings, policy_for(str(source), settings))
    assert (sources.face_search_allowed, sources.face_index_model) == (allowed, "ab")


def test_the_threshold_of_a_face_search_is_the_sources_else_that_of_the_settings(home: Path, source: Path) -> None:
    settings, store = Settings(casework_home=home), Store(home)
    case = store.case(store.queue()[0].case_id)
    given = settings.model_copy(update={"face_search_threshold": 0.45})

    def used(folder: str, settings: Settings) -> float:
        return open_sources(folder, settings, policy_for(folder, settings)).face_search

    assert used(case.source, given) == read_source(case.source).face_search
    shutil.copytree(case.source, source, dirs_exist_ok=True)
    (source / "source.json").unlink()
    assert (used(str(source), settings), used(str(source), given)) == (Sources.face_search, 0.45)


def test_rates_reach_the_tools_where_they_are_of_the_thresholds_of_the_source(home: Path, tmp_path: Path) -> None:
    settings, store = Settings(casework_home=home, face_rates=written(tmp_path / "rates.json")), Store(home)
    case = store.case(store.queue()[0].case_id).model_copy(update={"attachments": ()})
    own = read_source(case.source).thresholds
    with pytest.raises(SettingsError, match="FACE_RATES") as raised:
        open_sources(case.source, settings, policy_for(case.source, settings))
    assert f"--match {own['face_match']:g} --mismatch {own['face_mismatch']:g}" in raised.value.remedy
    fitting = {"match_threshold": own["face_match"], "mismatch_threshold": own["face_mismatch"]}
    written(tmp_path / "rates.json", **fitting)
    assert open_sources(case.source, settings, policy_for(case.source, settings)).face_rates == face_bench(**fitting)
    plain = settings.model_copy(update={"face_rates": None})
    assert open_sources(case.source, plain, policy_for(case.source, plain)).face_rates is None


def test_the_settings_reach_the_measurements() -> None:
    settings = Settings(
        vision_url="http://127.0.0.1:1",
        vision_api_key="secret",
        tool_timeout_s=10,
        face_model="model.onnx",
        face_model_sha256="ab",
        reader_url="http://127.0.0.1:2",
        reader_model="reader",
        reader_api_key="other",
    )
    config = vision_config(settings, {"face_match": 0.7})
    assert (config.face_match, config.face_mismatch) == (0.7, VisionConfig().face_mismatch)
    assert (config.server_url, config.server_key, config.timeout_s) == ("http://127.0.0.1:1", "secret", 9)
    assert (config.face_model, config.face_model_sha256) == (Path("model.onnx"), "ab")
    assert (config.reader_url, config.reader_model, config.reader_key) == ("http://127.0.0.1:2", "reader", "other")
    assert "secret" not in repr(config)
    assert "other" not in repr(config)
    assert isinstance(open_vision(config), RemoteVision)


def test_prompts_that_do_not_load_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=str(tmp_path)):
        load_prompts(Settings(prompts_dir=tmp_path))


def test_files_are_hashed_as_they_lie_there(source: Path, make_case: Callable[..., Case]) -> None:
    (source / "selfie.jpg").write_bytes(b"a face")
    attached = [
        Attachment(role="selfie", path="selfie.jpg", sha256=""),
        Attachment(role="clip", path="gone", sha256=""),
    ]
    case = make_case(source=str(source), attachments=tuple(attached))
    assert file_hashes(case) == {"selfie.jpg": hashlib.sha256(b"a face").hexdigest()}


def test_reason_codes_are_the_policys_and_one_for_no_finding(make_case: Callable[..., Case]) -> None:
    codes = reason_codes(policy_for(make_case().source, Settings()))
    assert {"FACE_MISMATCH", "NO_FINDING"} <= set(codes)
    assert len(codes) == len(set(codes))
    assert login_name()


def test_the_settings_say_what_an_exchange_is_rightly_without(home: Path) -> None:
    store, settings = Store(home), Settings(casework_home=home, warehouse_without=" p2p_orders, earlier_cases,")
    case = store.case(store.queue()[0].case_id).model_copy(update={"attachments": ()})
    policy = policy_for(case.source, settings)
    assert open_sources(case.source, settings, policy).warehouse.without == {"p2p_orders", "earlier_cases"}
    with pytest.raises(WarehouseError, match="no exchange is without a table 'p2p'"):
        open_sources(case.source, settings.model_copy(update={"warehouse_without": "p2p"}), policy)
