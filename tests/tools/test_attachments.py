import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools import attachments
from tools.attachments import attached, read
from tools.errors import ToolError
from tools.tool import Attachment
from vision import image, video


def _attachment(path, content, role="document"):
    return Attachment(role=role, path=path, sha256=hashlib.sha256(content).hexdigest())


def test_the_bytes_are_those_that_came_with_the_case(desk):
    there = desk()
    assert attached(there.subject, there.sources, "selfie") == b"the bytes of the selfie"


def test_what_is_not_attached_is_said(desk):
    there = desk(roles=("document",))
    with pytest.raises(ToolError, match="no selfie attached; ask the customer for a selfie"):
        attached(there.subject, there.sources, "selfie")


def test_a_changed_file_is_refused(tmp_path):
    (tmp_path / "d.jpg").write_bytes(b"changed")
    with pytest.raises(ToolError, match="is not the file that came with the case"):
        read(_attachment("d.jpg", b"original"), tmp_path)


def test_a_lost_file_is_said(tmp_path):
    with pytest.raises(ToolError, match="the document cannot be read: no such file or directory"):
        read(_attachment("d.jpg", b""), tmp_path)
    with pytest.raises(ToolError, match="cannot be read: is a directory"):
        read(_attachment(".", b""), tmp_path)


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "link.jpg"])
def test_no_path_leads_out_of_the_folder(tmp_path, path):
    folder = tmp_path / "source"
    folder.mkdir()
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ToolError, match="leaves the folder of files"):
        read(_attachment(path, b"secret"), folder)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(attachments, "MEGABYTE", 1)
    (tmp_path / "d.jpg").write_bytes(b"x" * 26)
    with pytest.raises(ToolError, match="larger than 25 MB"):
        read(_attachment("d.jpg", b"x" * 26), tmp_path)
    (tmp_path / "d.jpg").write_bytes(b"x" * 25)
    assert len(read(_attachment("d.jpg", b"x" * 25), tmp_path)) == 25


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, kind):
    if kind == "pipe":
        os.mkfifo(tmp_path / "d.jpg")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / "d.jpg"))
    else:
        (tmp_path / "d.jpg").symlink_to("/dev/zero")
    with pytest.raises(ToolError, match=r"not a plain file|cannot be read: no such device|leaves the folder"):
        read(_attachment("d.jpg", b""), tmp_path)


def test_a_link_put_in_place_of_the_file_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "d.jpg").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(attachments, "_confined", lambda attachment, root: root / attachment.path)
    with pytest.raises(ToolError, match="cannot be read"):
        read(_attachment("d.jpg", b"secret"), tmp_path)


def test_a_file_that_is_taken_in_is_not_too_long_for_its_decoder():
    sizes = {role: limit * attachments.MEGABYTE for role, limit in attachments.LIMITS_MB.items()}
    assert sizes == dict.fromkeys(("document", "back", "selfie"), image.MAX_BYTES) | {"clip": video.MAX_BYTES}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("./\\~ab\x00\n%"), max_size=12))
def test_any_path_gives_the_file_or_a_clear_refusal(tmp_path, path):
    folder: Path = tmp_path / "source"
    folder.mkdir(exist_ok=True)
    (folder / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    try:
        outcome = read(_attachment(path, b"a"), folder)
    except ToolError as error:
        outcome = str(error)
    assert outcome == b"a" or "document" in str(outcome)
