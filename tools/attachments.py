"""Attached files, read so that a review rests on the very bytes that came with the case."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolError, Unusable
from tools.evidence import AttachmentRole
from tools.tool import Attachment, Sources, Subject
from vision.errors import because

MEGABYTE = 10**6
# As much as `vision.image` and `vision.video` read; they are not imported for it, since they bring decoders along.
LIMITS_MB: Mapping[AttachmentRole, int] = {"document": 25, "back": 25, "selfie": 25, "clip": 60}


def read(attachment: Attachment, folder: Path) -> bytes:
    """The bytes of an attachment in a source's folder.

    Raises:
        ToolError: its path leaves the folder or leads to no plain file, it is not there or too large, or its sha256 is
            not the one the case names.
    """
    role = attachment.role
    path = _confined(attachment, folder.resolve())
    limit = LIMITS_MB[role] * MEGABYTE
    try:
        with open(path, "rb", opener=_plainly) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ToolError(f"the {role} is not a plain file", "put the file back")
            content = stream.read(limit + 1)
    except OSError as error:
        raise ToolError(f"the {role} cannot be read: {because(error)}", "put the file back") from error
    if len(content) > limit:
        raise Unusable(f"the {role} is larger than {LIMITS_MB[role]} MB", "ask for a smaller file", (role,))
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise ToolError(
            f"the {role} is not the file that came with the case",
            "restore the original file: the sha256 of this one differs",
        )
    return content


def has(subject: Subject, role: AttachmentRole) -> bool:
    """Whether the case came with an attachment of that role."""
    return any(each.role == role for each in subject.attachments)


def attached(subject: Subject, sources: Sources, role: AttachmentRole) -> bytes:
    """The bytes of the subject's first attachment of that role; raises ToolError as `read`, or where there is none."""
    found = next((each for each in subject.attachments if each.role == role), None)
    if found is None:
        raise Unusable(f"no {role} attached", f"ask the customer for a {role}", (role,))
    return read(found, sources.files)


def _confined(attachment: Attachment, root: Path) -> Path:
    try:
        path = (root / attachment.path).resolve()
    except (ValueError, OSError) as error:  # a NUL byte, or links that lead in a circle
        raise ToolError(f"the path of the {attachment.role} is not a path", "correct the case") from error
    if not path.is_relative_to(root):
        raise ToolError(f"the path of the {attachment.role} leaves the folder of files", "correct the case")
    return path


def _plainly(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe, and without following a link put there a moment ago."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)
