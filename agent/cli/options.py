"""The arguments and options that several commands share, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar, get_args

import typer

from agent.case import CaseType, Status
from agent.errors import AgentError, one_of
from agent.review.decisions import Asked
from agent.review.queue import Filters

DAY = "%Y-%m-%d"
CASE_TYPES: tuple[CaseType, ...] = get_args(CaseType)
STATUSES: tuple[Status, ...] = get_args(Status)
Name = TypeVar("Name", bound=str)

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="A case id, as `casework queue` lists them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
OfType = Annotated[
    list[str] | None, typer.Option("--type", help=f"Only cases of this type; may be repeated: {', '.join(CASE_TYPES)}.")
]
WithFlag = Annotated[list[str] | None, typer.Option("--flag", help="Only cases with this flag; may be repeated.")]
NoModel = Annotated[bool, typer.Option("--no-model", help="Use no language model.")]
OfAttempt = Annotated[
    int | None, typer.Option("--attempt", min=1, metavar="N", help="Number of the draft, from 1; default: the newest.")
]
Reviewer = Annotated[str, typer.Option(help="Your name; default: CASEWORK_REVIEWER, else the login name.")]
Since = Annotated[datetime | None, typer.Option(formats=[DAY], metavar="DATE", help="First day (UTC).")]
Until = Annotated[datetime | None, typer.Option(formats=[DAY], metavar="DATE", help="Last day, inclusive (UTC).")]


def filters(
    types: Sequence[str] | None = None, statuses: Sequence[str] | None = None, flags: Sequence[str] | None = None
) -> Filters:
    """Which cases are asked for; all where nothing is named. Raises AgentError for an unknown type or status."""
    return Filters(among("type", types, CASE_TYPES), among("status", statuses, STATUSES), tuple(flags or ()))


def among(what: str, wanted: Sequence[str] | None, known: Sequence[Name]) -> tuple[Name, ...]:
    """The known names that are wanted, all where none is. Raises AgentError for an unknown one, saying `what` it is."""
    if unknown := [each for each in wanted or () if each not in known]:
        raise AgentError(f"there is no {what} {unknown[0]!r}", one_of(known))
    return tuple(each for each in known if not wanted or each in wanted)


def days(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """The first and the last day (ISO 8601) that are asked for; all there are where none is named. Raises AgentError
    where they are the wrong way round."""
    if since and until and until < since:
        what = f"--until {until.strftime(DAY)!r} comes before --since {since.strftime(DAY)!r}"
        raise AgentError(what, "give the earlier day with --since")
    first = since.strftime(DAY) if since else Asked.since
    return first, until.strftime(DAY) if until else Asked.until
