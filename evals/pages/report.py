"""The page about runs: the first one in pictures, all of them in a table beside answers that take no work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.llm.qualify import Record, find
from evals.columns import Column, columns, unheard
from evals.metrics import METRICS, following
from evals.pages import charts, environment
from evals.pages.charts import Measured, Plot
from evals.runs import Run, RunInfo
from evals.scored import Scored
from evals.slices import slices
from evals.table import FLATTERED, INTERVALS, Row, table, unreviewed

WORST = 12
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Qualified:
    """What a model has shown on the questions of each role, None where that is not on record, and the runs by it."""

    model: str
    runs: tuple[RunInfo, ...]
    record: Record | None

    def otherwise(self, role: str, prompt_sha256: str) -> list[str]:
        """The runs that put another text of the role's prompt than the one it was measured with."""
        return [info.name for info in self.runs if info.prompts.get(role, prompt_sha256) != prompt_sha256]


def page(
    runs: Sequence[Run],
    template: Run | None = None,
    agents: Sequence[Run] = (),
    qualified: Sequence[Qualified] = (),
) -> str:
    """The page as HTML. The first run is reported, the others stand beside it; all over cases of one set. `template`
    answers the cases of the first without a model, each of `agents` as a plain agent: they are baselines. `qualified`
    are the models of the runs."""
    first, named = runs[0], {run.info.name for run in runs}
    own, *baselines = columns(first, template, [each for each in agents if each.info.name not in named])
    again = template is not None and template.info.name in named
    idle = [each for each in baselines if not (again and each.name == "template only")]
    shown = [own.model_copy(update={"name": _name(first)})]
    shown += [Column(name=_name(run), rows=_rows(run, template)) for run in runs[1:]]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            info=first.info,
            headline="" if first.owed == len(first.files) else _headline(shown[0], idle),
            unheard=[f"{run.info.name}: {told}" for run in runs if (told := unheard(run))],
            qualified=qualified,
            plots=[charts.labelled(plot) for plot in _plots(runs, shown, idle)],
            worst=_worst(first.scored),
            names=[column.name for column in (*shown, *idle)],
            groups=_groups(own.rows),
            cells=[{row.name: row for row in column.rows} for column in (*shown, *idle)],
            made=[run.info for run in runs],
            intervals=INTERVALS,
            flattered=FLATTERED if any(label.decided for label in first.labels) else "",
        )
    )


def qualified(home: Path, infos: Iterable[RunInfo]) -> list[Qualified]:
    """The models of runs, each with what is on record of its roles in a home, or comes with this version."""
    runs: dict[tuple[str, str], list[RunInfo]] = {}
    for info in infos:
        if info.model:
            runs.setdefault((info.model, info.endpoint), []).append(info)
    return [Qualified(model, tuple(of), find(home, model, endpoint)) for (model, endpoint), of in runs.items()]


def _name(run: Run) -> str:
    """A run's name, and in how many of its cases the model owes an answer."""
    return f"{run.info.name} ({owing})" if (owing := _owing(run)) else run.info.name


def _owing(run: Run) -> str:
    return f"{run.owed} of {len(run.files)} unanswered" if run.owed else ""


def _under(run: Run) -> str:
    """What stands below a run in the order of their making; lines break at spaces."""
    told = (run.info.name, run.info.commit[:10] or "commit not known", _owing(run))
    return " ".join(each.replace(" ", NO_BREAK) for each in told if each)


def _rows(run: Run, template: Run | None) -> tuple[Row, ...]:
    return table(run.scored, metrics=(*METRICS, following(template.scored)) if template else METRICS)


def _headline(column: Column, idle: Sequence[Column]) -> str:
    """How often it is right, beside answers that take no work, and what it must never do."""
    right, cost = (_measured(column, name) for name in ("accuracy", "cost"))
    if right is None or cost is None:
        return "Nothing was scored."
    easy = [f"{each.name} {easily.value:.1%}" for each in idle if (easily := _measured(each, "accuracy"))]
    span = f" (95% {right.low:.1%} to {right.high:.1%})" if right.low is not None and right.high is not None else ""
    cheap = [f", {each.name} {own.value:.2f}" for each in idle if (own := _measured(each, "cost"))]
    return (
        f"Right in {right.value:.1%}{span}; {', '.join(easy)}. "
        f"A case costs {cost.value:.2f} reviewer hours{''.join(cheap)}; {_never(column)}."
    )


def _never(column: Column) -> str:
    """How many frauds were approved that must never be, out of how many, and how many it may be in another such set."""
    row = next(each for each in column.rows if each.name == "intolerable misses")
    if row.value is None:
        return "no fraud that must never be approved is among the cases"
    span = f" (95% {row.low:.1f} to {row.high:.1f})" if row.low is not None and row.high is not None else ""
    return f"{row.value:.0f} of {row.n} frauds approved that must never be{span}"


def _plots(runs: Sequence[Run], shown: Sequence[Column], idle: Sequence[Column]) -> list[Plot]:
    reviews, slices_shown = runs[0].scored, slices(runs[0].scored)
    plots = [
        charts.answers(reviews),
        charts.selective([(column.name, run.scored) for column, run in zip(shown, runs, strict=True)]),
        charts.calibrated(reviews),
        charts.costs([cost for column in (*shown, *idle) if (cost := _measured(column, "cost"))]),
    ]
    if len(runs) > 1:
        made = sorted(zip(runs, shown, strict=True), key=lambda pair: pair[0].info.started_at)
        plots.append(charts.trend([one for run, each in made if (one := _measured(each, "accuracy", _under(run)))]))
    return [*plots, charts.sliced(slices_shown)] if slices_shown else plots


def _measured(column: Column, metric: str, at: str = "") -> Measured | None:
    row = next((each for each in column.rows if each.name == metric), None)
    if row is None or row.value is None:
        return None
    return Measured(run=column.name, at=at, value=row.value, low=row.low, high=row.high)


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The metrics by what they are about, in order."""
    names = dict.fromkeys(row.group for row in rows)
    return [(name, [row for row in rows if row.group == name and not unreviewed(row)]) for name in names]


def _worst(reviews: Sequence[Scored]) -> list[Scored]:
    """The dearest answers, those first that approve what must never be approved."""
    dear = sorted(reviews, key=lambda each: (not each.decision.missed, -each.decision.cost, each.case_id))
    return [each for each in dear if each.decision.cost > 0][:WORST]
