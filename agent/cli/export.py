"""`casework audit export`: the trails of all cases as one file, for an auditor who has no other way into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.opening import opened
from agent.cli.options import AsJson
from agent.cli.output import to_write, writing
from agent.cli.screen import bar, console, print_json, safe

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no database.
    from agent.review.export import Line
    from agent.store import Store

app = typer.Typer()

Out = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="FILE.jsonl", help="File to write, one line per entry.", callback=to_write),
]


@app.command("export")
def export_command(out: Out, as_json: AsJson = False) -> None:
    """Write the audit trails of all cases to one file.

    Each entry comes with the hashes of what its draft was made of, and the texts of the policies and prompts follow:
    enough to retrace a decision and to compute its hashes again. The file holds no pictures, and of customers only case
    ids; it does hold the names and logins of reviewers.
    """
    entries = texts = 0
    with opened("read") as (store, _), bar("exporting") as tell, writing(out) as file:
        for line in _lines(store, tell):
            file.write(line.model_dump_json() + "\n")
            entries, texts = entries + (line.line == "entry"), texts + (line.line == "text")
    if as_json:
        print_json({"file": str(out), "entries": entries, "texts": texts})
    else:
        console().print(f"{entries} entries and {texts} texts in {safe(str(out))}", soft_wrap=True)


def _lines(store: Store, tell: Callable[[int, int], None]) -> Iterator[Line]:
    from agent.audit import now
    from agent.review.export import About, End
    from agent.version import this_version

    cases, entries, texts = store.case_ids(), 0, 0
    yield About(at=now(), version=this_version(), cases=len(cases))
    for done, case_id in enumerate(cases, 1):
        for entry in store.trail(case_id):
            yield entry
            entries += 1
        tell(done, len(cases))
    # After the entries: those that a batch adds meanwhile have their texts in the store before them.
    for text in store.texts():
        yield text
        texts += 1
    yield End(texts=texts, entries=entries)
