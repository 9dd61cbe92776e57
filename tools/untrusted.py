"""Hostile text, made safe to show and to put beside instructions. Pure.

Customers write support messages, sender names and documents. Whatever they write is a quotation, never an instruction.
"""

from __future__ import annotations

import hashlib
import unicodedata

TEXT_LIMIT = 2000
CUT = " […]"
SAFE_BLANKS = "\n\t"


def neutralise(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text without control, bidirectional, zero-width, private or unassigned characters, at most `limit` long.

    Compatibility forms are folded (NFKC), so that look-alikes of brackets and letters read as what they look like, and
    runs of combining marks are cut to two.
    """
    kept: list[str] = []
    marks, read = 0, text[: 4 * limit]
    for character in unicodedata.normalize("NFKC", read):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > 2 or (category.startswith("C") and character not in SAFE_BLANKS):
            continue
        kept.append(" " if category in {"Zl", "Zp", "Zs"} else character)
    clean = "".join(kept)
    whole = read == text and len(clean) <= limit
    return clean if whole else clean[: max(0, limit - len(CUT))] + CUT[:limit]


def fence(text: str, salt: str, limit: int = TEXT_LIMIT) -> str:
    """Neutralise a text and wrap it in delimiters its author cannot have written. Prompts have it done to the inputs
    that they name untrusted; those that ship take none.

    The delimiter is a digest of the text itself and of `salt`, for which a prompt's role is taken: to close the fence
    early, a text would have to hold its own hash. The same text is fenced the same way in a role, so that a review
    replays.
    """
    clean = neutralise(text, limit)
    token = hashlib.sha256(f"{salt}\n{clean}".encode()).hexdigest()[:24]
    return f"<<untrusted {token}>>\n{clean}\n<<end {token}>>"
