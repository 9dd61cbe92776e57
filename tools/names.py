"""Whether two spellings of a name, a date or a document number can be the same one. Pure.

Documents carry the transliteration of their issuer, applications that of the customer, and reading adds an error now
and then. A match allows for all three; partial is what a person should look at.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from rapidfuzz.distance import OSA, JaroWinkler

from vision.types import Agreement

LETTERS = (
    "абвгдезиіклмнопрстуфхыэєґьъцчшщюяжαβγδεζηθικλμνξοπρστυφχψως",
    "a b v g d e z i i k l m n o p r s t u f kh y e e g _ _ ts ch sh shch yu ya zh"
    " a v g d e z i th i k l m n x o p r s t y f ch ps o s",
)
FOREIGN = str.maketrans(
    {letter: latin.strip("_") for letter, latin in zip(LETTERS[0], LETTERS[1].split(), strict=True)}
)
LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
SPELLINGS = """
    shch>sh tsch>ch sch>sh tch>ch dzh>i dj>i kh>h gh>g ph>f th>t ck>k x>ks w>v q>k ou>u oo>u ue>u oe>o ae>a ee>i
    y>i j>i z>s
"""
FOLDS = tuple(pair.split(">") for pair in SPELLINGS.split())
CONFUSED = str.maketrans("OQDILZSBG", "000112586")
DIGITS = str.maketrans("015862", "oisbgz")
ALIKE = 0.8


def words(name: str) -> tuple[str, ...]:
    """The words of a name, each folded to a skeleton in which the usual transliterations agree."""
    text = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    text = text.translate(FOREIGN).translate(LATIN)
    text = re.sub(r"['’`ʼ]", "", text).translate(DIGITS)
    return tuple(_skeleton(word) for word in re.findall(r"[a-z]+", text))


def names_agree(left: str, right: str) -> Agreement:
    """match where every word of both has its like in the other; partial where one name only has further words, or the
    words without their like still look alike; absent where either is empty."""
    a, b = words(left), words(right)
    if not a or not b:
        return "absent"
    if _run_together(a, b):
        return "match"
    only_a, only_b = _unpaired(a, b)
    if not only_a and not only_b:
        return "match"
    if not only_a or not only_b:
        return "partial" if min(len(a), len(b)) > 1 else "mismatch"
    alike = JaroWinkler.similarity(" ".join(sorted(only_a)), " ".join(sorted(only_b)))
    return "partial" if alike >= ALIKE else "mismatch"


def dates_agree(left: date | None, right: date | None) -> Agreement:
    """partial where day and month are exchanged or one of their digits differs. Another year is another age."""
    if left is None or right is None:
        return "absent"
    if left == right:
        return "match"
    swapped = (left.month, left.day) == (right.day, right.month)
    differing = sum(a != b for a, b in zip(left.isoformat(), right.isoformat(), strict=True))
    return "partial" if left.year == right.year and (swapped or differing == 1) else "mismatch"


def numbers_agree(left: str, right: str) -> Agreement:
    """Compares letters and digits alone, those that readers confuse taken as equal; partial where one differs."""
    a, b = (re.sub(r"[^A-Z0-9]", "", text.upper()).translate(CONFUSED) for text in (left, right))
    if not a or not b:
        return "absent"
    if a == b:
        return "match"
    return "partial" if OSA.distance(a, b) == 1 else "mismatch"


def _skeleton(word: str) -> str:
    for spelling, folded in FOLDS:
        word = word.replace(spelling, folded)
    word = re.sub(r"(?<![cs])h(?![aeiou])(?<!^h)", "", word)  # mute: Sarah, Jahn
    return re.sub(r"c(?!h)", "k", re.sub(r"(.)\1+", r"\1", word))


def _run_together(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """The same letters whatever stands between them, the surname first or last: Anna-Lena Maier, Maier Annalena."""
    a, b = "".join(left), "".join(right)
    return len(a) == len(b) and b in a + a


def _unpaired(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The words of each name that have no like in the other. Equal words are paired before similar ones."""
    only_left, only_right = list(left), list(right)
    for same in (str.__eq__, _similar):
        for word in tuple(only_left):
            like = next((other for other in only_right if same(word, other)), None)
            if like is not None:
                only_left.remove(word)
                only_right.remove(like)
    return only_left, only_right


def _similar(left: str, right: str) -> bool:
    """One slip of reading apart in a word long enough to bear it, or spelt with other vowels: Mohamed, Muhamad."""
    if min(len(left), len(right)) >= 5 and OSA.distance(left, right) <= 1:
        return True
    bones = [re.sub("[aeiou]", "", word) for word in (left, right)]
    return bones[0] == bones[1] and len(bones[0]) >= 3 and left[0] == right[0]
