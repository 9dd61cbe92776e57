"""Attached files, read so that a review rests on the very bytes that came with the case."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tools.errors import ToolError, Unusable
from tools.registry import Attachment, AttachmentRole, Sources, Subject

MEGABYTE = 1024 * 1024
LIMITS_MB: dict[AttachmentRole, int] = {"document": 25, "selfie": 25, "clip": 60}


def read(attachment: Attachment, folder: Path) -> bytes:
    """The bytes of an attachment in a source's folder.

    Raises:
        ToolError: its path leaves the folder, it is not there or too large, or its sha256 is not the one the case
            names.
    """
    role = attachment.role
    path = _confined(attachment, folder.resolve())
    limit = LIMITS_MB[role] * MEGABYTE
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise ToolError(f"the {role} cannot be read ({type(error).__name__})", "put the file back") from error
    if len(content) > limit:
        raise Unusable(f"the {role} is larger than {LIMITS_MB[role]} MB", "ask for a smaller file")
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise ToolError(f"the {role} is not the file that came with the case", "its sha256 differs: restore the file")
    return content


def attached(subject: Subject, sources: Sources, role: AttachmentRole) -> bytes:
    """The bytes of the subject's first attachment of that role; raises ToolError as `read`, or where there is none."""
    found = next((each for each in subject.attachments if each.role == role), None)
    if found is None:
        raise Unusable(f"no {role} attached", f"ask the customer for a {role}")
    return read(found, sources.files)


def _confined(attachment: Attachment, root: Path) -> Path:
    try:
        path = (root / attachment.path).resolve()
    except (ValueError, OSError) as error:  # a NUL byte, or links that lead in a circle
        raise ToolError(f"the path of the {attachment.role} is no path", "correct the case") from error
    if not path.is_relative_to(root):
        raise ToolError(f"the path of the {attachment.role} leaves the folder of files", "correct the case")
    return path
