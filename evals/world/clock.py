"""The simulated exchange stands still: its clock shows one moment, so that every build of a seed is the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

NOW = datetime(2026, 6, 30, 12, 0)  # noqa: DTZ001  the warehouse keeps UTC without a zone
HISTORY = timedelta(days=400)


def iso(moment: datetime) -> str:
    """ISO 8601 with the zone that the warehouse leaves out."""
    return moment.replace(tzinfo=UTC).isoformat()


def years_before(day: date, years: int, days: int = 0) -> date:
    """The birthday of somebody who is that many years and days old on `day`; 29 February moves to 1 March."""
    shifted = day - timedelta(days=days)
    try:
        return shifted.replace(year=shifted.year - years)
    except ValueError:
        return shifted.replace(year=shifted.year - years, month=3, day=1)
