"""Whether two writings of one thing agree: the one comparison of names, dates and numbers in the project. Pure.

There are two tolerances. "reading" is for two places of one document, which one issuer wrote: one changed letter or
digit is what a forger changes, so no edit distance is forgiven there, only look-alikes (0 and O, 1 and I), accents,
ICAO 9303 spellings (MÜLLER, MUELLER), letters that recognisers lack (VOß read as VOB is partial to VOSS), word order,
blanks and a truncated zone. "spelling" is for a document against what its holder wrote: an issuer's transliteration and
a slip of the pen come on top. A match allows for all of it; partial is what a person should look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from vision.types import Agreement

Tolerance = Literal["reading", "spelling"]
WORST_FIRST: tuple[Agreement, ...] = ("mismatch", "unsure", "partial", "match", "absent")

EXPANDED = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Ø": "OE", "Å": "AA", "Æ": "AE", "Œ": "OE", "Þ": "TH",
     "Đ": "D", "Ð": "D", "Ł": "L", "Ñ": "NXX", "Ĳ": "IJ"}
)  # fmt: skip
PLAIN = str.maketrans({"ß": "SS", "ẞ": "SS", "Ø": "O", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Đ": "D", "Ð": "D", "Ł": "L"})
# ICAO 9303 leaves a choice for these, and Serbia has one of its own.
OTHERWISE = ({ord("Ü"): "UXX"}, {ord("Đ"): "DJ", ord("Ñ"): "N"})
TABLES = (PLAIN, EXPANDED, *(EXPANDED | other for other in OTHERWISE))
# What the shipped recogniser, which lacks most of these letters, reads where a zone spells one of them out.
MISREAD = {
    "SS": "[BDIOS]?", "TH": "[BDP]", "AE": "[AE]", "OE": "O|E|CE", "AA": "A", "UE": "U", "UXX": "U", "NXX": "N",
    "DJ": "D", "IJ": "Y",
}  # fmt: skip
SPELT_OUT = re.compile("|".join(MISREAD))
MOST_SPELT_OUT = 4
"""Letters of a name that are looked for: a hostile name may be nothing else, and each of them multiplies the ways."""
LOOK_ALIKE = str.maketrans("015826|", "OISBZGI")
NEARLY = 85.0
SHORTEST_PART = 2
STAND_INS = frozenset({"FNU", "LNU", "NFN", "NLN", "NMN", "XXX"})
"""What forms have in place of a name that its holder has not: first, last or middle name unknown."""
FULL = 20
"""Letters at least of a name whose words a zone cut: it has room for 30 or more, fillers between words included."""
SHORTEST_CODE = 8
"""Characters of a number that stands for itself where another has more."""

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


def worst(found: Iterable[Agreement]) -> Agreement:
    """The worst of some agreements, absent where there are none."""
    return min(found, key=WORST_FIRST.index, default="absent")


def names(left: str, right: str, tolerance: Tolerance = "reading", truncated: bool = False) -> Agreement:
    """Compare two names. `truncated` says that `right` may lack words, or its words their ends, as in a zone of fixed
    width (ICAO 9303-3, 4.6, and 9303-4, 4.2.3).

    "partial" is a name with a word missing or written as its initial, or one so close that a slip explains it as well
    as another person does.
    With the tolerance "spelling", names of which one has no letter that is folded here are compared where both are in
    one script; else they are "absent", as is a name without letters.
    """
    same = _written(left, right, truncated) if tolerance == "spelling" else _read(left, right, truncated)
    initialled = same == "mismatch" and _initialled(capitals(left), capitals(right))
    return "partial" if initialled else same


def codes(left: str, right: str, tolerance: Tolerance = "reading") -> Agreement:
    """Compare two document numbers: blanks, dashes and look-alikes do not count. "partial" is a cut number, or with
    the tolerance "spelling" one that differs in a single character, or that has up to two more at its end: British
    licences print the number of their issue there."""
    if tolerance == "spelling":
        first, second = (re.sub(r"[^A-Z0-9]", "", _upper(text)).translate(CONFUSED) for text in (left, right))
        short, long = sorted((first, second), key=len)
        issued = len(short) >= SHORTEST_CODE and len(long) - len(short) <= 2 and long.startswith(short)
        nearly = issued or OSA.distance(first, second) == 1
    else:
        first, second = _code(left), _code(right)
        shorter = min(len(first), len(second))
        nearly = shorter >= 5 and first[:shorter] == second[:shorter]
    if not first or not second:
        return "absent"
    if first == second:
        return "match"
    return "partial" if nearly else "mismatch"


def days(left: date | None, right: date | None, tolerance: Tolerance = "reading") -> Agreement:
    """Compare two dates. With the tolerance "spelling" it is partial where day and month are exchanged or one of their
    digits differs; another year is another age."""
    if left is None or right is None:
        return "absent"
    if left == right:
        return "match"
    if tolerance == "reading" or left.year != right.year:
        return "mismatch"
    swapped = (left.month, left.day) == (right.day, right.month)
    differing = sum(a != b for a, b in zip(left.isoformat(), right.isoformat(), strict=True))
    return "partial" if swapped or differing == 1 else "mismatch"


def misread(printed: str, coded: str, truncated: bool = False) -> bool:
    """Whether names that do not match are the same but for letters that a zone spells out and a recogniser takes for
    others: VOß that was read as VOB, and VOSS. `truncated` says that `coded` may end early."""

    def either(match: re.Match[str]) -> str:
        return f"(?:{match[0]}|{MISREAD[match[0]]})"

    read, spelt = "".join(capitals(printed)), "".join(capitals(coded))
    if len(spelt) <= SHORTEST_PART or any(_same(*pair, truncated) for pair in _pairs(printed, coded)):
        return False
    pattern = SPELT_OUT.sub(either, spelt, MOST_SPELT_OUT)
    return bool((re.match if truncated else re.fullmatch)(pattern, read))


def words(name: str) -> tuple[str, ...]:
    """The words of a name, each folded to a skeleton in which the usual transliterations agree."""
    text = "".join(c for c in unicodedata.normalize("NFKD", name).lower() if not unicodedata.combining(c))
    text = text.translate(FOREIGN).translate(LATIN)
    text = re.sub(r"['’`ʼ]", "", text).translate(DIGITS)
    return tuple(_skeleton(word) for word in re.findall(r"[a-z]+", text))


def capitals(text: str) -> tuple[str, ...]:
    """The words of a text in capitals, accents dropped and digits read as the letters they look like."""
    return _capitals(text, PLAIN)


def _upper(text: str) -> str:
    """In capitals, and letters of other kinds (full width, bold, ligatures) as the plain ones, which have capitals."""
    return unicodedata.normalize("NFKC", text).upper()


def _spellings(text: str) -> set[tuple[str, ...]]:
    """A name as words of A to Z: with accents dropped, and as ICAO 9303 spells them out."""
    return {_capitals(text, table) for table in TABLES}


def _pairs(left: str, right: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return list(product(_spellings(left), _spellings(right)))


def _capitals(text: str, table: Mapping[int, str]) -> tuple[str, ...]:
    return _plain_words(unicodedata.normalize("NFC", _upper(text)).translate(table))


def _plain_words(upper: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", upper.replace("'", "").replace("’", "").replace("`", ""))
    letters = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return tuple("".join(letters).translate(LOOK_ALIKE).split())


def _read(left: str, right: str, truncated: bool) -> Agreement:
    if not left.strip() or not right.strip():
        return "absent"
    pairs = _pairs(left, right)
    if any(_same(first, second, truncated) for first, second in pairs):
        return "match"
    if any(set(first) <= set(second) or set(second) <= set(first) for first, second in pairs):
        return "partial"
    close = max(fuzz.ratio("".join(first), "".join(second)) for first, second in pairs)
    lapse = misread(left, right, truncated) or misread(right, left)
    return "partial" if close >= NEARLY or lapse else "mismatch"


def _initialled(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether one name has of further names only the initials: IRYNA M, IRYNA MARIE. A first word is no initial."""
    short, long = sorted((left, right), key=lambda words: sum(map(len, words)))
    initials = [word for word in short if word not in long]
    whole = [word for word in long if word not in short]
    if not initials or len(initials) > len(whole) or short[0] in initials:
        return False
    pairs = zip(initials, whole, strict=False)
    return all(len(initial) == 1 and word.startswith(initial) for initial, word in pairs)


def _same(first: tuple[str, ...], second: tuple[str, ...], truncated: bool) -> bool:
    left, right = "".join(first), "".join(second)
    if left == right or sorted(first) == sorted(second):
        return bool(left)
    return truncated and len(right) >= SHORTEST_PART and (left.startswith(right) or _cut(first, second))


def _cut(whole: tuple[str, ...], cut: tuple[str, ...]) -> bool:
    """Whether the words of a name are the beginnings of those of another one, in order, which may have more behind."""
    return len(cut) <= len(whole) and all(map(str.startswith, whole, cut))


def _code(text: str) -> str:
    folded = unicodedata.normalize("NFKD", _upper(text)).translate(LOOK_ALIKE)
    return "".join(c for c in folded if c.isascii() and c.isalnum()).replace("Q", "O")


def _written(left: str, right: str, truncated: bool) -> Agreement:
    first, second = words(left), words(right)
    others = _unfolded(left), _unfolded(right)
    if first and second:
        single = _single(left), _single(right)
        if single[0] and single[1]:
            first, second = single
        same = _spelt(first, second, shortened=truncated or any(others))
        shorter = same == "mismatch" and truncated and _shorter(capitals(left), capitals(right))
        return "partial" if shorter else same
    return _in_one_script(*others)


def _single(name: str) -> tuple[str, ...]:
    """The one word of a name that forms which ask for two have made its holder repeat, or fill up; else nothing."""
    own = {word for word in capitals(name) if word not in STAND_INS}
    return words(*own) if len(own) == 1 else ()


def _shorter(whole: tuple[str, ...], cut: tuple[str, ...]) -> bool:
    """Whether the words of a name are the beginnings of some of those of another one, in order."""
    rest = iter(whole)
    return len("".join(cut)) >= FULL and all(any(word.startswith(each) for word in rest) for each in cut)


def _unfolded(name: str) -> tuple[str, ...]:
    """The words of a name of which no letter is folded, as they stand."""
    text = unicodedata.normalize("NFKC", name).casefold()
    found = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in text).split()
    return tuple(word for word in found if not words(word))


def _in_one_script(left: tuple[str, ...], right: tuple[str, ...]) -> Agreement:
    """Words as they stand. Chinese characters have several forms: others may well be the same name."""
    scripts = [{unicodedata.name(c, "").partition(" ")[0] for word in each for c in word} for each in (left, right)]
    if not left or not right or scripts[0] != scripts[1]:
        return "absent"
    if sorted(left) == sorted(right) or "".join(left) == "".join(right):
        return "match"
    if {*left} <= {*right} or {*right} <= {*left}:
        return "partial"
    return "absent" if "CJK" in scripts[0] else "mismatch"


def _spelt(left: tuple[str, ...], right: tuple[str, ...], shortened: bool) -> Agreement:
    """match where every word of both has its like in the other; partial where one name only has further words, or the
    words without their like still look alike. One word alone is no part of a name, but where one is known to be
    `shortened`."""
    if _run_together(left, right):
        return "match"
    only_left, only_right = _unpaired(left, right)
    if not only_left and not only_right:
        return "match"
    if not only_left or not only_right:
        return "partial" if shortened or min(len(left), len(right)) > 1 else "mismatch"
    alike = JaroWinkler.similarity(" ".join(sorted(only_left)), " ".join(sorted(only_right)))
    return "partial" if alike >= ALIKE else "mismatch"


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
