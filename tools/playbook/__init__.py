"""The playbook: every `.sql` file in this folder is a tool that asks the warehouse one question.

A file begins with comments that declare it, one a line:

    -- meaning: what the query tells, in one line
    -- trust: recorded | stated                                  (recorded unless said)
    -- parameter: NAME KIND DEFAULT : meaning                    (an argument of the tool, bound as :NAME)
    -- fact: NAME KIND [UNIT] [LOW..HIGH] [noise X] : meaning    (a column of that name in the one row returned)
    -- label: NAME : what a sentence calls it, without digits    (the words of its name unless said)
    -- unknown: NAME : why the column can be NULL; the fact is then unknown
    -- none: NAME where COUNT : what there is none of; where the fact COUNT is 0, NULL is not unknown but none
    -- part: NAME at least|most LIMIT                         (from that number or parameter on, what is known is told)
    -- strange: TABLE.COLUMN : what the query makes of a cell of that column that is not what the catalogue names
    -- here: why DuckDB answers it whatever the engine, over the rows of the subject and tables that nobody owns
    -- exhibit: timeline | graph | quotes TITLE                  (begins a further query, drawn for the reviewer)

Bounds are 0 and none unless given; `..` means unbounded. An exhibit may read what the `WITH` of the first query names.
`:customer_id` and `:as_of` are always bound, and nothing that happened after `:as_of` may change an answer.
`ADDRESS_OF(cell)`, `COUNTRY_OF(cell)` and the other calls of `spelled` bring what is written in several ways to one
spelling: queries compare those. Other comments are for the reader.

Missing is not clean. A query answers NULL where a cell that it lacks could change the answer; what is blank is lacking.
It does not answer where a row of the subject comes twice, lacks a cell that it reads and the catalogue calls `needed`,
or holds in a column that it reads what the catalogue does not name for it, a word or a number out of range, unless it
declares what it makes of such.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlglot
from pydantic import BaseModel, ConfigDict, create_model
from sqlglot import exp

from tools.playbook.declared import Header, completed, declare, fault
from tools.playbook.named import named, preceded
from tools.playbook.question import ALWAYS_BOUND, SHAPES, Question, Section
from tools.playbook.spelled import spelled
from tools.tool import AnyTool, NoArguments, Tool

FOLDER = Path(__file__).parent
COST = 0.05
HEADER = re.compile(r"^--\s*(meaning|trust|parameter|fact|label|unknown|none|part|strange|here|exhibit)\s*:\s*(.*)$")


class PlaybookArguments(BaseModel):
    """The base of the argument models made from `parameter` lines."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@cache
def load_playbook(folder: Path = FOLDER) -> tuple[AnyTool, ...]:
    """Every query of a folder as a tool named `sql.` and the file's stem, in order of name.

    Raises:
        ToolError: naming file and line, where a declaration or the SQL does not parse or the two disagree.
    """
    return tuple(_load(path) for path in sorted(folder.glob("*.sql")))


def _load(path: Path) -> AnyTool:
    text = path.read_text(encoding="utf-8")
    header = Header()
    queries: list[tuple[int, str, list[str]]] = [(1, "", [])]
    for number, line in enumerate(text.splitlines(), 1):
        declared = HEADER.match(line)
        if declared and declared[1] == "exhibit":
            queries.append((number, declared[2], []))
        elif declared:
            declare(header, declared[1], declared[2], f"{path.name}:{number}")
        queries[-1][2].append("" if line.startswith("--") else line)
    main, tree = _section(path, header, *queries[0], {})
    _agree(path, header, tree)
    facts = tuple(completed(spec, header) for spec in header.facts)
    drawn = tuple(_section(path, header, *query, named(main.sql))[0] for query in queries[1:])
    question = Question(facts, header.unknown, header.none, frozenset(header.strange), header.here, main, drawn)
    return Tool(
        name=f"sql.{path.stem}",
        meaning=header.meaning,
        run=question,
        arguments=_argument_model(path.stem, header),
        facts=question.facts,
        trust=header.trust,
        cost=COST,
        version=hashlib.sha256(spelled(text).encode()).hexdigest()[:12],
    )


def _section(
    path: Path, header: Header, number: int, title: str, lines: list[str], names: Mapping[str, str]
) -> tuple[Section, exp.Query]:
    """One query, which may read `names`, and parsed so that faults are found when the playbook loads. `number` is the
    line it begins on."""
    kind, _, words = title.partition(" ")
    if title and (kind not in SHAPES or not words):
        raise fault(f"{path.name}:{number}", f"an exhibit is one of {sorted(SHAPES)} and a title")
    own = spelled("\n".join(lines))
    if again := sorted(named(own).keys() & names.keys()):
        raise fault(f"{path.name}:{number}", f"an exhibit names {again[0]!r} again, which the first query names")
    tree, sql = _parsed(path, number, own), preceded(own, names)
    if sql != own:
        tree = _parsed(path, number, sql)
    marks = {mark.name for mark in tree.find_all(exp.Placeholder)}
    if unknown := marks - ALWAYS_BOUND - set(header.parameters):
        raise fault(f"{path.name}:{number}", f"parameter {sorted(unknown)[0]!r} is not declared")
    if "customer_id" not in marks:
        raise fault(f"{path.name}:{number}", "the query is not about :customer_id")
    ours = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = frozenset(table.name for table in tree.find_all(exp.Table)) - ours
    return Section(sql.strip().rstrip(";"), tables, kind, words), tree


def _parsed(path: Path, number: int, sql: str) -> exp.Query:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except sqlglot.errors.ParseError as error:
        line = number - 1 + int(error.errors[0].get("line") or 1) if error.errors else number
        raise fault(f"{path.name}:{line}", "the SQL does not parse") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise fault(f"{path.name}:{number}", "a section holds exactly one SELECT")
    return trees[0]


def _agree(path: Path, header: Header, main: exp.Query) -> None:
    """Hold that the columns of the query are the declared facts, and that what tells `none` is a count."""
    selected = set(main.named_selects)
    declared = {spec.name for spec in header.facts}
    if not header.meaning:
        raise fault(f"{path.name}:1", "there is no meaning line")
    counts = {spec.name for spec in header.facts if spec.kind == "count"}
    named = {*header.labels, *header.unknown, *header.none, *header.parts} - declared | {
        count for count, _ in header.none.values()
    } - counts
    if odd := selected.symmetric_difference(declared) | named:
        raise fault(f"{path.name}:1", f"{sorted(odd)[0]!r} is not both declared and selected, or is not a count")


def _argument_model(stem: str, header: Header) -> type[BaseModel]:
    if not header.parameters:
        return NoArguments
    fields: dict[str, Any] = dict(header.parameters)
    return create_model(f"{stem.title().replace('_', '')}Arguments", __base__=PlaybookArguments, **fields)
