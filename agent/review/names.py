"""The names of reviewers: what may be one, and which two are one person's. Pure.

Nobody becomes a second pair of eyes by spelling. Names are told apart by what is left of them without case, accents,
punctuation, the order of words, a mail domain, and the difference between letters and figures that read alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from agent.errors import ReviewRefused
from vision.agree import LOOK_ALIKE

ALIKE = frozenset({"Armenian", "Cherokee", "Coptic", "Cyrillic", "Greek", "Latin", "Lisu"})
"""Scripts with letters enough that look like another's: a whole name may read as one in another of them."""
UNLIKE = frozenset({"Bopomofo", "Cjk", "Hangul", "Hiragana", "Katakana"})
"""Scripts that are written together and look like no letters."""
LETTERS = ("Ll", "Lo", "Lt", "Lu")
BETWEEN = " .-_'’@"
"""What may stand in a name besides letters, their marks and the digits 0 to 9."""
SHAPED = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |DOTLESS |SCRIPT )?([A-Z])(?: WITH .*)?")
"""Letters of Unicode that are one of A to Z in another shape: small capitals, with a stroke, hook or tail."""
READ_AS = str.maketrans({"Ɑ": "A", "Ɩ": "I", "ǀ": "I", "ǁ": "II", "ǃ": "I", "Ŋ": "N", "Ə": "E", "Ɛ": "E",
                         "Ɔ": "C", "Ʃ": "E", "Æ": "AE", "Œ": "OE", "Ð": "D", "L": "I"})  # fmt: skip
"""Latin letters that have a name of their own and read as others; L, as 1 and I do."""
UNSEEN = {
    code: None
    for first, last in (
        *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
    )
    for code in range(first, last + 1)
}
"""Marks and letters that leave nothing to see, though their category says otherwise (Unicode: Default_Ignorable, and
the blank pattern of Braille); for `str.translate`."""
WRITE = "write the name in letters and digits, with spaces or . - _ ' @ between them"


def same_person(left: str, right: str) -> bool:
    """Whether two names may be one person's, as `anna.lim`, `Lim Ànna` and `anna_1im@example.com` are."""
    return outline(left) == outline(right)


def outline(name: str) -> str:
    """What a name comes to as far as it tells people apart: names of one outline are one person's."""
    person = _seen(name).partition("@")[0] or _seen(name)
    words = "".join(_plain(mark) for mark in unicodedata.normalize("NFKD", person)).split()
    return "".join(sorted(word.upper().translate(LOOK_ALIKE).translate(READ_AS) for word in words))


def alphabets(name: str) -> frozenset[str]:
    """The alphabets of a name, as Unicode calls them: letters of two may look the same (Latin a, Cyrillic a)."""
    letters = (letter for letter in _seen(name) if unicodedata.category(letter) in LETTERS)
    return frozenset(unicodedata.name(letter, "?").split()[0].title() for letter in letters) - UNLIKE


def check_name(name: str, roster: Collection[str] = ()) -> None:
    """Refuse a name that is none, that may read as another's, or that nobody on the roster has; an empty roster has
    everybody."""
    seen = _seen(name)
    if not seen:
        raise ReviewRefused("a decision needs a name", "give --reviewer, or set CASEWORK_REVIEWER")
    if strange := next((mark for mark in seen if not _names(mark)), None):
        raise ReviewRefused(f"{name!r} is not a name: it contains {strange!r}", WRITE)
    if not any(unicodedata.category(mark) in LETTERS for mark in seen):
        raise ReviewRefused(f"{name!r} is not a name: it contains no letter", WRITE)
    if len(mixed := sorted(alphabets(name))) > 1:
        raise ReviewRefused(f"{name!r} mixes {' and '.join(mixed)} letters", "write the name in one alphabet")
    if roster and outline(name) not in map(outline, roster):
        remedy = "give the name of a listed reviewer with --reviewer, or have this one added to REVIEWERS"
        raise ReviewRefused(f"{name!r} is not among the reviewers", remedy)


def _seen(name: str) -> str:
    """A name as it is read: compatible forms as one, without case, invisible marks and superfluous blanks."""
    plain = unicodedata.normalize("NFKC", name.translate(UNSEEN)).casefold()
    return " ".join("".join(mark for mark in plain if mark.isspace() or unicodedata.category(mark)[0] != "C").split())


def _names(mark: str) -> bool:
    kind = unicodedata.category(mark)
    return mark in BETWEEN or kind[0] in "LM" or (kind == "Nd" and mark.isascii())


def _plain(mark: str) -> str:
    """A letter or digit without its shape; nothing for an accent or a letter that is one, as U+02BC; a blank for what
    stands between words."""
    if unicodedata.combining(mark) or unicodedata.category(mark) == "Lm":
        return ""
    if shaped := SHAPED.fullmatch(unicodedata.name(mark, "")):
        return shaped[1].lower()
    return mark if unicodedata.category(mark)[0] in "LMN" or mark == "|" else " "
