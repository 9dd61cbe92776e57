"""The SQL guard: a free-form question, rewritten so that it can only see the subject's rows and the open columns.

Nothing is searched for and struck out. What is known to be harmless is let through, node by node and function by
function, and every table is replaced by a sub-query of its open columns, limited to the subject's rows: what the
question then does with them cannot reach further. DuckDB's own parser has to agree on the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from functools import cache

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from tools.catalogue import Catalogue
from tools.errors import GuardRefused
from tools.warehouse import HARDENED, ROW_LIMIT, fix

LENGTH_LIMIT = 8_000
NODE_LIMIT = 1_500
DEPTH_LIMIT = 60
REMEDY = "ask with one plain SELECT over the tables and columns of the catalogue"


def _kinds(names: str) -> frozenset[type[exp.Expr]]:
    return frozenset(getattr(exp, name) for name in names.split())


STRUCTURE = _kinds("""
    Select Union Intersect Except Subquery With CTE From Join Where Group Having Qualify Order Ordered Limit Offset
    Distinct Table TableAlias Alias Column Identifier Star Paren Tuple Literal Boolean Null Interval Var Window
    WindowSpec Filter WithinGroup DataType DataTypeParam
""")
OPERATORS = _kinds("""
    And Or Not EQ NEQ GT GTE LT LTE Is In Between Like ILike Exists Add Sub Mul Div Mod IntDiv Neg DPipe NullSafeEQ
    NullSafeNEQ
""")
FUNCTIONS = _kinds("""
    Count Sum Avg Min Max Median Stddev StddevPop StddevSamp Variance CountIf Quantile PercentileCont PercentileDisc
    Coalesce Nullif Case If Cast TryCast Abs Round Floor Ceil Sqrt Ln Greatest Least Lower Upper Trim Length Substring
    DateDiff DateTrunc TimestampTrunc Extract RowNumber Rank DenseRank Lag Lead FirstValue LastValue LogicalAnd
    LogicalOr
""")
ALLOWED = STRUCTURE | OPERATORS | FUNCTIONS
TYPES = frozenset(
    [
        "INT",
        "BIGINT",
        "SMALLINT",
        "DOUBLE",
        "FLOAT",
        "DECIMAL",
        "VARCHAR",
        "TEXT",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP",
        "TIMESTAMPNTZ",
        "INTERVAL",
    ],
)
PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        [
            "with_",
            "expressions",
            "distinct",
            "from_",
            "joins",
            "where",
            "group",
            "having",
            "qualify",
            "order",
            "limit",
            "offset",
        ],
    ),
    **dict.fromkeys(
        (exp.Union, exp.Intersect, exp.Except),
        frozenset({"with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset"}),
    ),
    exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: frozenset({"this"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.Star: frozenset(),
    exp.Join: frozenset({"this", "on", "using", "side", "kind"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Group: frozenset({"expressions", "all"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
}
"""For nodes that can carry more than they seem to: the parts they may have."""
SESSION_NAMES = frozenset(
    [
        "user",
        "current_user",
        "session_user",
        "current_role",
        "current_schema",
        "current_catalog",
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
    ]
)
OPENINGS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.L_PAREN})
UNITS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})


def guard(sql: str, catalogue: Catalogue, subjects: Collection[str]) -> str:
    """The question as it may be asked of DuckDB: one SELECT, the subjects' rows, open columns, at most 10,001 rows.

    Raises:
        GuardRefused: saying what is not allowed, without a value of the question.
    """
    tree = _parsed(sql)
    _hold_nodes(tree)
    _hold_columns(tree, catalogue)
    names = _hold_names(tree, catalogue)
    for table in list(tree.find_all(exp.Table)):
        if table.name.lower() not in names:
            table.replace(_scoped(table, catalogue, subjects))
    outer = exp.select("*").from_(tree.subquery("question", copy=False), copy=False).limit(ROW_LIMIT + 1, copy=False)
    rewritten = outer.sql(dialect="duckdb", identify=True, comments=False)
    _hold_second_opinion(rewritten, catalogue)
    return rewritten


def _parsed(sql: str) -> exp.Query:
    if len(sql) > LENGTH_LIMIT:
        raise _refused(f"the question is longer than {LENGTH_LIMIT:,} characters")
    if any(not character.isprintable() and character not in "\n\t\r" for character in sql):
        raise _refused("the question holds control or invisible characters")
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
        # Anything else the parser would take for a command, and write into the log.
        if (
            not tokens
            or tokens[0].token_type not in OPENINGS
            or any(t.token_type == TokenType.SEMICOLON for t in tokens[:-1])
        ):
            raise _refused("the question is not one SELECT")
        trees = sqlglot.parse(sql, read="duckdb")
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        # The parser meets hostile text: whatever it stumbles over is refused, and its own message may quote the text.
        raise _refused("the question does not parse") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or isinstance(trees[0], exp.Subquery):
        raise _refused("the question is not one SELECT")
    return trees[0]


def _hold_nodes(tree: exp.Query) -> None:
    """Every node, function, type and part must be known to be harmless."""
    for count, (node, depth) in enumerate(_walk(tree)):
        if count > NODE_LIMIT or depth > DEPTH_LIMIT:
            raise _refused("the question is too large or too deep")
        kind = type(node)
        if kind not in ALLOWED:
            raise _refused(f"{kind.__name__} is not allowed in a question")
        parts = PARTS.get(kind)
        if parts is not None and any(value for name, value in node.args.items() if name not in parts):
            raise _refused(f"a part of {kind.__name__} is not allowed in a question")
        if not _plain(node):
            raise _refused(f"this form of {kind.__name__} is not allowed in a question")


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    stack: list[tuple[exp.Expr, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_expressions())


def _plain(node: exp.Expr) -> bool:
    """Forms of an allowed node that are not: odd types, units, limits, and names that are no plain names."""
    if isinstance(node, exp.DataType):
        return isinstance(node.this, exp.DataType.Type) and node.this.value in TYPES and not node.args.get("nested")
    if isinstance(node, exp.Var):
        return node.name.upper().rstrip("S") in UNITS
    if isinstance(node, exp.Limit | exp.Offset):
        return isinstance(node.expression, exp.Literal) and node.expression.is_int
    if isinstance(node, exp.Table | exp.Column):
        return isinstance(node.this, exp.Identifier | exp.Star)
    if isinstance(node, exp.Literal) and not node.is_string:
        return _finite(node.name)
    return True


def _finite(number: str) -> bool:
    try:
        return math.isfinite(float(number))
    except ValueError:
        return False


def _hold_columns(tree: exp.Query, catalogue: Catalogue) -> None:
    """A column is an open one of the catalogue or a name the question gave itself. DuckDB reads some names, quoted or
    not, as functions where there is no such column."""
    opened = {name.lower() for table in catalogue.tables for name in table.open_columns}
    given = {node.alias.lower() for node in tree.find_all(exp.Alias, exp.Table, exp.Subquery, exp.CTE)}
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    for column in tree.find_all(exp.Column):
        name = column.name.lower()
        if not isinstance(column.this, exp.Star) and name not in (opened | given | tables) - (SESSION_NAMES - opened):
            raise _refused("the question names a column that is not open")


def _hold_names(tree: exp.Query, catalogue: Catalogue) -> frozenset[str]:
    """The names of common table expressions. Every other table must stand in the catalogue, and a common table
    expression may hide none, stand at the top alone, and be named only after it was written."""
    known = {table.name.lower() for table in catalogue.tables}
    top = tree.args.get("with_")
    if any(each is not top for each in tree.find_all(exp.With)):
        raise _refused("WITH is allowed only at the beginning of a question")
    own: set[str] = set()
    for written in top.expressions if top else ():
        _hold_tables(written.this, known | own)
        name = written.alias.lower()
        if not name or name in own | known:
            raise _refused("a WITH name is missing, used twice, or that of a table")
        own.add(name)
    _hold_tables(tree, known | own)
    return frozenset(own)


def _hold_tables(query: exp.Expr, allowed: Collection[str]) -> None:
    if any(table.name.lower() not in allowed for table in query.find_all(exp.Table)):
        raise _refused("the question names a table that is not in the catalogue")


def _scoped(table: exp.Table, catalogue: Catalogue, subjects: Collection[str]) -> exp.Subquery:
    """`(SELECT open columns FROM main.t WHERE owner IN (subjects)) AS name`, with an OR where two own a row."""
    entry = next(each for each in catalogue.tables if each.name.lower() == table.name.lower())
    if not entry.open_columns:
        raise _refused("the question names a table without open columns")
    source = exp.table_(entry.name, db="main", quoted=True)
    columns = [exp.column(name, quoted=True) for name in entry.open_columns]
    query = exp.select(*columns, copy=False).from_(source, copy=False)
    if entry.owners:
        values = [exp.Literal.string(str(each)) for each in subjects]
        owners = [exp.cast(exp.column(name, quoted=True), "VARCHAR") for name in entry.owners]
        mine = exp.or_(*(exp.In(this=owner, expressions=values) for owner in owners)) if values else exp.false()
        query = query.where(mine, copy=False)
    return query.subquery(table.alias or entry.name, copy=False)


def _hold_second_opinion(rewritten: str, catalogue: Catalogue) -> None:
    """DuckDB must read the rewritten question as one SELECT over tables of the catalogue and nothing else."""
    parser = _second_parser().cursor()
    allowed = {f"main.{table.name}" for table in catalogue.tables}
    try:
        statements = parser.extract_statements(rewritten)
        named = parser.get_table_names(rewritten, qualified=True)
    except duckdb.Error as error:
        raise _refused("DuckDB does not read the question as it was meant") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise _refused("DuckDB does not read the question as one SELECT")
    if {name.replace('"', "") for name in named} - allowed:
        raise _refused("DuckDB reads another table in the question")


@cache
def _second_parser() -> duckdb.DuckDBPyConnection:
    """A database without tables, used for its parser alone."""
    parser = duckdb.connect(":memory:", config=dict(HARDENED))
    fix(parser)
    return parser


def _refused(what: str) -> GuardRefused:
    return GuardRefused(what, REMEDY)
