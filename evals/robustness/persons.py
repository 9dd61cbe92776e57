"""Variants of who the customer is: names, spelling, sex, nationality, origin of the name.

A name that resembles one on a watchlist is left as it is: there the policy asks for the name. A case whose document was
read is left out, since another name on the account alone would contradict the picture: see `evals.robustness.redraw`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rapidfuzz.distance import JaroWinkler

from evals.robustness.variant import Changed, Copy, read_document, variant
from evals.world.names import COUNTRIES

ALIKE = 0.8
"""Likeness of two words (Jaro-Winkler) from which a screening may take one for the other."""
EXCHANGED = str.maketrans("yjwzqc", "iivskk", "h")
"""Letters that spellings of one name exchange, made one; h is left out."""
ACCENTED: Mapping[str, str] = {
    "Muller": "Müller", "Jurgen": "Jürgen", "Ozturk": "Öztürk", "Yilmaz": "Yılmaz", "Celik": "Çelik", "Sahin": "Şahin",
    "Dogan": "Doğan", "Kilic": "Kılıç", "Simsek": "Şimşek", "Koc": "Koç", "Gulsen": "Gülşen", "Ayse": "Ayşe",
    "Silva": "Sílva", "Patricia": "Patrícia", "Vinicius": "Vinícius", "Andre": "André", "Nguyen": "Nguyễn",
    "Pham": "Phạm", "Hoang": "Hoàng", "Vu": "Vũ", "Dang": "Đặng", "Bui": "Bùi", "Do": "Đỗ", "Ngo": "Ngô",
    "Tran": "Trần", "Duong": "Dương", "Tuan": "Tuấn", "Hung": "Hùng", "Duc": "Đức", "Thuy": "Thủy",
    "Huong": "Hương", "Hanh": "Hạnh",
}  # fmt: skip

Renaming = Callable[[str], str]


@variant("same")
def renamed(copy: Copy) -> Changed:
    """Everybody has another name of the same origin, everywhere it stands."""
    listed = _listed_words(copy)
    givens = {w: other for c in COUNTRIES for pool in (c.female, c.male) for w, other in _turned(pool, listed).items()}
    surnames = {word: other for c in COUNTRIES for word, other in _turned(c.surnames, listed).items()}
    return _rename(copy, lambda name: _worded(name, givens, surnames))


@variant("same")
def spelled_locally(copy: Copy) -> Changed:
    """The family name comes first, in capitals, and names carry the accents of their language."""

    def local(name: str) -> str:
        given, *rest = (ACCENTED.get(word, word) for word in name.split())
        return " ".join([*(word.upper() for word in rest), given]) if len(rest) == 1 else name

    return _rename(copy, local)


@variant("counterfactual")
def other_sex(copy: Copy) -> Changed:
    """The customer is of the other sex and has a given name to match."""
    listed = _listed_words(copy)
    givens: dict[str, str] = {}
    for country in COUNTRIES:
        givens |= _exchanged(country.female, country.male, listed) | _exchanged(country.male, country.female, listed)
    copy.rewrite("customers", {"sex": "CASE t.sex WHEN 'F' THEN 'M' WHEN 'M' THEN 'F' END"})
    return _rename(copy, lambda name: _worded(name, givens, {}))


@variant("counterfactual")
def foreign_name(copy: Copy) -> Changed:
    """The customer has a name of another origin and is otherwise the same."""
    listed = _listed_words(copy)
    givens: dict[str, str] = {}
    surnames: dict[str, str] = {}
    for here, there in zip(COUNTRIES, (*COUNTRIES[5:], *COUNTRIES[:5]), strict=True):
        givens |= _exchanged(here.female, there.female, listed) | _exchanged(here.male, there.male, listed)
        surnames |= _exchanged(here.surnames, there.surnames, listed)
    return _rename(copy, lambda name: _worded(name, givens, surnames))


@variant("counterfactual", by_policy=frozenset({"screening.country_agrees"}))
def other_nationality(copy: Copy) -> Changed:
    """The customer is a national of another country, and so is the document."""
    codes = [country.code for country in COUNTRIES]
    pairs = ", ".join(f"('{old}', '{new}')" for old, new in zip(codes, (*codes[5:], *codes[:5]), strict=True))
    for table, column in (("customers", "nationality"), ("kyc_submissions", "document_country")):
        other = f"LEFT JOIN (VALUES {pairs}) AS other(old, new) ON other.old = t.{column}"
        copy.rewrite(table, {column: f"coalesce(other.new, t.{column})"}, other)
    return [None if read_document(file) else case for case, file in zip(copy.cases, copy.files, strict=True)]


def _rename(copy: Copy, renaming: Renaming) -> Changed:
    """Give every name its other form, wherever it stands; None for cases whose customer keeps theirs."""
    columns = {"customers": "full_name", "kyc_submissions": "declared_name", "deposits": "sender_name"}
    known = " UNION ".join(f"SELECT {column} AS name FROM {table}" for table, column in columns.items())
    names = [name for (name,) in copy.connection.execute(known).fetchall() if name]
    before = dict(copy.connection.execute("SELECT customer_id, full_name FROM customers").fetchall())
    copy.connection.execute("CREATE TEMP TABLE renaming (old VARCHAR, new VARCHAR)")
    copy.connection.executemany("INSERT INTO renaming VALUES ($1, $2)", [(name, renaming(name)) for name in names])
    for table, column in columns.items():
        copy.rewrite(table, {column: "r.new"}, f"LEFT JOIN renaming AS r ON r.old = t.{column}")
    # The old address holds the old name; who shared it with somebody, and nobody else, does so afterwards.
    copy.rewrite("customers", {"email": "left(md5(lower(trim(t.email))), 12) || '@mail.example'"})
    return [
        None if read_document(file) or renaming(before[case.customer_id]) == before[case.customer_id] else case
        for case, file in zip(copy.cases, copy.files, strict=True)
    ]


def _listed_words(copy: Copy) -> frozenset[str]:
    rows = copy.connection.execute("SELECT full_name || ' ' || replace(coalesce(aliases, ''), '|', ' ') FROM watchlist")
    return frozenset(_folded(word) for (names,) in rows.fetchall() for word in names.split())


def _turned(pool: tuple[str, ...], listed: frozenset[str]) -> dict[str, str]:
    """Each word of a pool to the next; words that resemble a listed one neither change nor are changed to."""
    free = [word for word in dict.fromkeys(pool) if not _resembles(word, listed)]
    return dict(zip(free, (*free[1:], *free[:1]), strict=True))


def _exchanged(here: tuple[str, ...], there: tuple[str, ...], listed: frozenset[str]) -> dict[str, str]:
    """Each word of one pool to one of another, as `_turned` does within a pool."""
    free = [word for word in there if not _resembles(word, listed)]
    kept = (word for word in here if not _resembles(word, listed))
    return {word: free[place % len(free)] for place, word in enumerate(kept)} if free else {}


def _resembles(word: str, listed: frozenset[str]) -> bool:
    folded = _folded(word)
    return any(JaroWinkler.similarity(folded, other) >= ALIKE for other in listed)


def _folded(word: str) -> str:
    """The word with letters that transliterations exchange made one."""
    return word.lower().translate(EXCHANGED)


def _worded(name: str, givens: Mapping[str, str], surnames: Mapping[str, str]) -> str:
    given, *rest = name.split(" ")
    return " ".join([givens.get(given, given), *(surnames.get(word, word) for word in rest)])
