"""The terminal shows what the draft says and nothing that could steer it."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.case import DISPOSITIONS, CaseFile, CaseType, Flag, Statement, Status
from agent.cli.screen import (
    and_more,
    console,
    flow_table,
    progress,
    safe,
    show_file,
    show_queue,
    show_rest,
    show_reviews,
    table,
)
from agent.cli.shapes import case_json
from agent.review.queue import GRAVITY, QueueRow
from tools.evidence import Exhibit, FactSpec, Ledger
from tools.tool import AnyTool, NoArguments, Tool

SPECS = {"face.similarity": FactSpec(name="face.similarity", kind="number", meaning="", low=-1, high=1)}
HOSTILE = "\x1b[31m\x1b]0;owned\x07[bold]ok[/bold]\r\nREJECT \u202eevil"


def shown(file: CaseFile) -> str:
    out = io.StringIO()
    show_file(Console(file=out, width=200, markup=False, highlight=False), file, SPECS)
    return out.getvalue()


def test_the_first_screen_holds_what_a_reviewer_needs_first(make_file: Callable[..., CaseFile]) -> None:
    lines = shown(make_file()).splitlines()
    assert lines[0] == "C-1  document_forgery   recommended: ESCALATE   confidence 0.93"
    assert lines[1] == "The selfie and the document portrait differ: similarity 0.21."
    assert any(line.startswith("  E1   face.match") and "face.similarity 0.21" in line for line in lines)
    assert "Tried and failed" in lines
    assert any("liveness.assess" in line and "no weights" in line for line in lines)


def test_a_narrow_screen_shows_what_a_tool_told_below_its_name(make_file: Callable[..., CaseFile]) -> None:
    out = io.StringIO()
    show_file(Console(file=out, width=40, markup=False, highlight=False), make_file(), SPECS)
    _, _, ledger = out.getvalue().partition("Ledger")
    assert "  E1  face.match\n    face.similarity 0.21" in ledger
    assert "  E3  liveness.assess\n    not assessed: no weights" in ledger
    assert max(map(len, ledger.splitlines())) <= 40


def test_what_a_similarity_is_worth_stands_below_it_and_other_checks_on_the_page(
    make_file: Callable[..., CaseFile],
) -> None:
    row = {"name": "false match rate", "result": "up to 5.83%", "meaning": HOSTILE}
    exhibit = Exhibit(kind="checks", title="What it is worth", content=json.dumps([row]), of="selfie")
    file = make_file()
    first, *others = file.ledger.entries
    entries = [each.model_copy(update={"exhibits": (exhibit,)}) for each in (first, others[0])]
    lines = shown(file.model_copy(update={"ledger": Ledger(entries=(*entries, *others[1:]))})).splitlines()
    assert sum("What it is worth" in line for line in lines) == 1
    (at,) = [number for number, line in enumerate(lines) if "false match rate up to 5.83%: " in line]
    assert "What it is worth" in lines[at - 1]
    assert lines[at - 2].startswith("  E1   face.match")
    assert "\x1b" not in lines[at]


def test_what_others_wrote_cannot_steer_the_terminal(
    make_file: Callable[..., CaseFile], make_case: Callable[..., Any], make_review: Callable[..., Any]
) -> None:
    file = make_file(make_case(flags=(Flag(code=HOSTILE, raised_at=""),)))
    statements = tuple(
        Statement(text=HOSTILE, references=(), source="template", part=part)
        for part in ("summary", "finding", "missing", "flip")
    )
    draft = file.draft.model_copy(update={"statements": statements, "customer_message": HOSTILE, "notes": (HOSTILE,)})
    text = shown(file.model_copy(update={"draft": draft}))
    out = io.StringIO()
    show_reviews(Console(file=out, width=200, markup=False), [make_review(file, comment=HOSTILE, reviewer=HOSTILE)])
    for told in (text, out.getvalue()):
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(told)
        assert "[bold]ok[/bold]" in told


QUEUE = tuple(
    QueueRow(
        case_id=f"V-10{number}",
        type=get_args(CaseType)[number],
        status=get_args(Status)[number],
        flagged_at="2026-11-01T08:00:00Z",
        due_at="2026-11-03T08:00:00Z",
        flags=(flag, "document_recapture"),
        exposure_usd=10.0**number,
        disposition=DISPOSITIONS[number] if number < len(DISPOSITIONS) else None,
    )
    for number, flag in enumerate(sorted(GRAVITY, key=len)[-6:])
)


@pytest.mark.parametrize("width", [30, 60, 80, 120, 140])
def test_the_queue_breaks_no_word_and_says_what_it_goes_without(width: int) -> None:
    out = io.StringIO()
    show_queue(Console(file=out, width=width), QUEUE, datetime(2026, 11, 2, 8, tzinfo=UTC))
    said, _, left_out = out.getvalue().partition("columns hidden (terminal too")
    words = said.split()
    assert max(map(len, said.splitlines())) <= width
    assert {flag for row in QUEUE for flag in row.flags} <= {*words}
    for name, values in {
        "type": [row.type for row in QUEUE],
        "status": [row.status for row in QUEUE],
        "recommended": [row.disposition for row in QUEUE if row.disposition],
        "exposure": ["100,000"],
        "time": ["50%"],
    }.items():
        assert {name, *values} <= {*words} if name not in left_out else name not in words
    assert (left_out == "") is (width >= 120)


def test_a_queue_of_new_cases_tells_their_type_on_a_plain_terminal() -> None:
    out = io.StringIO()
    fresh = [row.model_copy(update={"status": "open", "disposition": None}) for row in QUEUE]
    show_queue(Console(file=out, width=80), fresh, datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert {"type", "account_takeover"} <= {*out.getvalue().split()}


@given(st.text())
def test_safe_text_is_one_line_without_control_characters(text: str) -> None:
    assert safe(text).isprintable() or not safe(text)


def test_a_pipe_gets_no_colour_and_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as tell:
        tell("gather")
    console().print("[red]plain[/red]", style="red")
    assert capsys.readouterr() == ("[red]plain[/red]\n", "")


def test_the_contract_tells_a_failed_source_from_an_answer(make_file: Callable[..., CaseFile]) -> None:
    def never(*_: object) -> Any:
        raise AssertionError

    liveness: AnyTool = Tool("liveness.assess", "", never, NoArguments, (), "measured", 1.0)
    told = case_json(make_file(), {"liveness.assess": liveness}, "drafted", (), 1)
    evidence = told["ledger"]["evidence"]
    assert evidence[0] == {
        "id": "E1",
        "tool": "face.match",
        "trust": "measured",
        "facts": {"face.similarity": 0.21, "face.quality": 0.8},
        "notes": [],
    }
    assert evidence[2] == {
        "id": "E3",
        "tool": "liveness.assess",
        "trust": "measured",
        "facts": {},
        "notes": [],
        "unavailable": "not assessed: no weights",
    }


def printed(*what: object) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=80).print(*what, sep="\n")
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_a_table_has_words_at_the_left_and_numbers_at_the_right() -> None:
    listed = table("case", "n", "why", words=["why"])
    for row in (("C-1", "5", "short"), ("C-10", "10", "longer")):
        listed.add_row(*row)
    assert printed(listed) == ["case   n  why", "C-1    5  short", "C-10  10  longer"]


def test_a_flow_has_only_what_happened_in_the_order_of_gravity() -> None:
    flow = flow_table({("reject", "approve"): 2, ("approve", "approve"): 3}, "drafted", "now ")
    assert printed(flow) == ["drafted  now approve", "approve            3", "reject             2"]


def test_a_list_that_is_cut_says_how_many_there_are() -> None:
    assert [and_more(("a", "b", "c"), most) for most in (2, 3, 4)] == ["a, b and 1 more", "a, b, c", "a, b, c"]
    out = io.StringIO()
    for of in (2, 3):
        show_rest(Console(file=out), 2, of, "--json lists all")
    assert out.getvalue() == "and 1 more; --json lists all\n"
