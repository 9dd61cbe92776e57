"""Queries that are written for DuckDB, in the words of another engine.

sqlglot does nearly all of it. What it leaves as it stands although another engine reads it otherwise is put right here:
a difference that raises no error would be a wrong answer about a customer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import sqlglot
from sqlglot import exp

from tools.errors import WarehouseError

DUCKDB = "duckdb"
DIALECTS = {DUCKDB: DUCKDB, "postgresql": "postgres", "hive": "spark"}
"""sqlglot's name of what SQLAlchemy calls an engine."""
PATTERNS = (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)
PIECE = re.compile(r"\\.|.", re.DOTALL)
WORD_ENDS = "(?:(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_]))"
ANY = r"[^\n]"
BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB trims: the blanks of Unicode (category Zs)."""

LETTERS = "SELECT LOWER('É') = 'é' AS known"
"""Whether an engine knows small letters beside the Latin ones: PostgreSQL under the locale C does not."""


def dialect_of(engine: str) -> str:
    """sqlglot's name of an engine. Raises WarehouseError for one on which nobody has held answers to DuckDB's."""
    if engine not in DIALECTS:
        known = "duckdb:///PATH, postgresql+psycopg://... or hive://... for Spark SQL"
        raise WarehouseError(f"queries cannot be translated for engine {engine!r}", f"choose one of {known}")
    return DIALECTS[engine]


@cache
def translated(sql: str, engine: str) -> str:
    """A statement in DuckDB's dialect for an engine, as SQLAlchemy names it. Raises WarehouseError for an engine that
    is not known, and for what Spark is not known to read alike."""
    dialect = dialect_of(engine)
    if dialect == DUCKDB:
        return sql
    tree = sqlglot.parse_one(sql, read=DUCKDB)
    PUT_RIGHT[dialect](tree)
    # SQLAlchemy binds `:name` for every driver; left to itself sqlglot would write the driver's own marker.
    for mark in list(tree.find_all(exp.Placeholder)):
        mark.replace(exp.Var(this=f":{mark.name}"))
    return tree.sql(dialect=dialect)


def _for_postgres(tree: exp.Expr) -> None:
    """Patterns, blanks and bits as DuckDB has them."""
    for search in tree.find_all(*PATTERNS):
        for pattern in search.expression.find_all(exp.Literal):
            pattern.set("this", re2_for_postgres(pattern.this))
    _trim_blanks(tree)
    for call in tree.find_all(exp.Anonymous):
        if call.name.upper() == "BIT_COUNT":
            call.set("expressions", [exp.cast(each, "BIT(64)", dialect="postgres") for each in call.expressions])


def _for_spark(tree: exp.Expr) -> None:
    """Patterns, blanks, letters, seconds and fractions as DuckDB has them."""
    if not isinstance(tree, exp.Query):
        raise WarehouseError("only a SELECT can be asked of Spark", "write to it by other means")
    nodes = list(tree.walk())
    for node in nodes:
        called = node.name.upper() if isinstance(node, exp.Anonymous) else node.key
        if called not in ALIKE_ON_SPARK.split():
            raise WarehouseError(f"Spark is not known to answer {called!r} as DuckDB does", "ask DuckDB or PostgreSQL")
    _trim_blanks(tree)
    # From within: what is put around a node takes it along as it is then.
    for node in reversed(nodes):
        if change := ON_SPARK.get(node.key):
            change(node)


def _trim_blanks(tree: exp.Expr) -> None:
    for trim in tree.find_all(exp.Trim):
        if not trim.expression:
            trim.set("expression", exp.Literal.string(BLANKS))


def _java_pattern(search: exp.Expr) -> None:
    """Spark replaces all that it finds, knows no flags, and calls what a pattern's parentheses found `$1`."""
    flags = next((search.args[name].name for name in ("modifiers", "flag") if search.args.get(name)), "")
    once = isinstance(search, exp.RegexpReplace) and "g" not in flags
    pattern = re2_for_java(search.expression.name)
    if once:
        # SQLAlchemy would take what follows the colon of a group that is not counted for a parameter.
        pattern = rf"\A([\x00-\x{{10FFFF}}]*?)({pattern})"
    if "i" in flags:
        pattern = f"(?i){pattern}"
    search.set("expression", exp.Literal.string(pattern))
    search.set("modifiers", None)
    search.set("flag", None)
    if isinstance(search, exp.RegexpLike):
        # Written as an operator, which would bind what stands beside it.
        search.replace(exp.paren(search.copy()))
    else:
        by = search.args["replacement"].name.replace("$", r"\$")
        by = re.sub(r"\\(\d)", lambda mark: f"${int(mark[1]) + 2 * once}", by)
        search.set("replacement", exp.Literal.string(f"$1{by}" if once else by))


def _simple_capitals(call: exp.Expr) -> None:
    """One capital for one letter: Java writes SS for `ß`. Signs that no text has stand in for such letters meanwhile.
    What Unicode gave capitals to after version 15 is left to Java."""
    letters, capitals = _long_capitals()
    signs = "".join(chr(0xF0000 + place) for place in range(len(letters)))
    call.set("this", exp.func("TRANSLATE", call.this, exp.Literal.string(letters), exp.Literal.string(signs)))
    call.replace(exp.func("TRANSLATE", call.copy(), exp.Literal.string(signs), exp.Literal.string(capitals)))


@cache
def _long_capitals() -> tuple[str, str]:
    """The letters that are several in capitals, and what they are as one: themselves, where Unicode has no such."""
    letters = [each for each in map(chr, range(0x80, 0x10000)) if len(each.upper()) > 1]
    singles = {each: each.title() if len(each.title()) == 1 else each for each in letters} | {"ß": "ẞ"}
    return "".join(letters), "".join(singles[each] for each in letters)


def _simple_small(call: exp.Expr) -> None:
    """One small letter for one capital: Java puts a point on that of `İ`, and minds where a word ends for `Σ`."""
    call.set("this", exp.func("TRANSLATE", call.this, exp.Literal.string("İΣ"), exp.Literal.string("iσ")))


def _whole_units(difference: exp.Expr) -> None:
    """DuckDB counts how often the clock turns between two times, Spark what is full between them."""
    for side in ("this", "expression"):
        difference.set(side, exp.TimestampTrunc(this=difference.args[side].copy(), unit=difference.args["unit"].copy()))


def _double(number: exp.Expr) -> None:
    """A number with a fraction is a decimal to Spark, and what it divides is rounded."""
    if not number.is_string and not number.this.isdigit():
        number.replace(exp.cast(number.copy(), "DOUBLE"))


def _of_doubles(division: exp.Expr) -> None:
    division.set("this", exp.cast(division.this.copy(), "DOUBLE"))


def _known_to_spark(kind: exp.Expr) -> None:
    """Spark has no numbers without a sign and no lists of a fixed length."""
    if kind.this is exp.DataType.Type.UBIGINT:
        kind.replace(exp.DataType.build("BIGINT"))
    kind.set("values", None)


def re2_for_postgres(pattern: str) -> str:
    r"""A pattern of RE2 in the words of PostgreSQL, where `\b` is a backspace, words are of any script, and a point may
    be the end of a line."""
    return _rewritten(pattern, {r"\b": WORD_ENDS, ".": ANY}, {})


def re2_for_java(pattern: str) -> str:
    r"""A pattern of RE2 in Java's words, where words are of any script, ends of lines are many, `$` may stand before
    one, and `\s` is one more."""
    outside = {r"\b": WORD_ENDS, ".": ANY, "$": r"\z", r"\s": r"[\t\n\f\r ]", r"\S": r"[^\t\n\f\r ]"}
    return _rewritten(pattern, outside, {r"\s": r"\t\n\f\r ", "&": r"\&"})


def _rewritten(pattern: str, outside: Mapping[str, str], inside: Mapping[str, str]) -> str:
    """A pattern with its parts replaced, each by whether it stands inside of brackets."""
    parts, within = PIECE.findall(pattern), False
    for place, part in enumerate(parts):
        parts[place] = (inside if within else outside).get(part, part)
        within = part == "[" or (within and part != "]")
    return "".join(parts)


ON_SPARK: Mapping[str, Callable[[exp.Expr], None]] = {
    "datatype": _known_to_spark,
    "datediff": _whole_units,
    "div": _of_doubles,
    "literal": _double,
    "lower": _simple_small,
    "regexplike": _java_pattern,
    "regexpreplace": _java_pattern,
    "upper": _simple_capitals,
}
PUT_RIGHT: Mapping[str, Callable[[exp.Expr], None]] = {"postgres": _for_postgres, "spark": _for_spark}
ALIKE_ON_SPARK = """
BIT_COUNT abs add alias and asin avg between bitwisexor boolean case cast coalesce column cos count cte datatype
datediff distinct div dpipe eq except exists extract floor from greatest group gt gte having identifier if in
interval is join lag lead least length limit literal lower lt lte max median min mul neg neq not null nullif
nullsafeeq nullsafeneq offset or order ordered paren placeholder pow radians regexplike regexpreplace replace right
rownumber select sin splitpart sqrt star strposition sub subquery substring sum table tablealias timestamptrunc
translate trim tuple union upper var where window with
"""
"""What a query may be made of on Spark, in sqlglot's words: tests hold each to DuckDB's answers."""
