"""An entry becomes the case it tells of, in UTC and with the hashes of its files, or all its faults are told."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.case import Case, CaseType, Flag
from agent.intake.entry import DUE, Entry, made
from tools.tool import Attachment

NOW = datetime(2026, 11, 2, tzinfo=UTC)
USUAL: dict[str, Any] = {
    "case_id": "A-1",
    "type": "ring",
    "customer_id": "U 1/ü",
    "flagged_at": "2026-11-01T09:30:00.5+02:00",
    "flags": ["shared_device", {"code": "MSG.7", "raised_at": "2026-10-31T23:00:00Z"}],
}


def case(root: Path, **changes: Any) -> Case:
    found = made(USUAL | changes, root, NOW)
    assert isinstance(found, Case), found
    return found


def troubles(root: Path, **changes: Any) -> dict[str, str]:
    found = made(USUAL | changes, root, NOW)
    assert not isinstance(found, Case)
    return dict(found)


def test_times_are_kept_in_utc_and_what_is_not_said_is_filled_in(tmp_path: Path) -> None:
    found = case(tmp_path)
    assert (found.flagged_at, found.due_at) == ("2026-11-01T07:30:00.500000+00:00", "2026-11-05T07:30:00.500000+00:00")
    assert found.flags[1] == Flag(code="MSG.7", raised_at="2026-10-31T23:00:00+00:00")
    assert found.flags[0].raised_at == found.flagged_at
    assert (found.exposure_usd, found.attachments, found.source) == (0.0, (), str(tmp_path))


def test_every_type_of_case_has_a_time_to_be_due() -> None:
    assert set(DUE) == set(get_args(CaseType))


def test_a_file_is_known_by_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "clip.mp4").write_bytes(b"moving")
    sha256 = hashlib.sha256(b"moving").hexdigest()
    told = {"role": "clip", "path": "a/clip.mp4", "asked": "nod"}
    (found,) = case(tmp_path, attachments=[told | {"sha256": sha256}]).attachments
    assert found == Attachment(role="clip", path="a/clip.mp4", sha256=sha256, asked="nod")
    assert "another sha256" in troubles(tmp_path, attachments=[told | {"sha256": "0" * 64}])["attachments.0.path"]


def test_one_file_of_a_role_and_a_movement_of_a_clip_alone(tmp_path: Path) -> None:
    (tmp_path / "selfie.jpg").write_bytes(b"a face")
    selfie = {"role": "selfie", "path": "selfie.jpg"}
    found = troubles(tmp_path, attachments=[selfie | {"asked": "blink"}, selfie])
    assert found.keys() == {"attachments.0.asked", "attachments.1.role"}


def test_links_within_the_folder_are_followed_and_those_in_a_circle_are_not(tmp_path: Path) -> None:
    (tmp_path / "real.jpg").write_bytes(b"a face")
    (tmp_path / "near.jpg").symlink_to("real.jpg")
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    assert case(tmp_path, attachments=[{"role": "selfie", "path": "near.jpg"}]).attachments
    assert troubles(tmp_path, attachments=[{"role": "selfie", "path": "round.jpg"}]).keys() == {"attachments.0.path"}
    assert troubles(tmp_path, attachments=[{"role": "selfie", "path": "x" * 256}]).keys() == {"attachments.0.path"}


def test_a_clock_that_is_seconds_ahead_is_no_fault(tmp_path: Path) -> None:
    assert case(tmp_path, flagged_at="2026-11-02T00:00:30Z")
    assert troubles(tmp_path, flagged_at="2026-11-02T00:02:00Z") == {"flagged_at": "lies in the future"}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_is_told(at: str, tmp_path: Path) -> None:
    assert troubles(tmp_path, due_at=at) == {"due_at": "is outside the calendar"}


@given(
    some.dictionaries(
        some.sampled_from(list(Entry.model_fields)) | some.text(),
        some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.lists(some.text()),
    )
)
def test_whatever_an_entry_holds_it_is_a_case_or_its_faults(changes: dict[str, Any]) -> None:
    found = made(USUAL | changes, Path("/nowhere"), NOW)
    assert isinstance(found, Case) or found
    assert isinstance(found, Case) or all(what for _, what in found)
