"""Looking for a better wording of a prompt's system part by reflective evolution (GEPA, Agrawal et al., 2025).

The search sees questions of the dev set alone, half of them to learn from and half to choose by. What it finds is then
measured once on val, which it never saw; where it finds nothing, nothing is measured. A wording that the judge refuses
scores nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import PromptError
from agent.llm import Message, Model
from evals.lab.heldout import HeldOut, phrases
from evals.lab.judge import PART, Judge, source
from evals.lab.trials import Trial
from evals.lab.verdict import Verdict
from evals.stats.paired import Comparison, compare
from prompts import Prompt, Prompts
from vision.wilson import Share, share

if TYPE_CHECKING:
    from gepa.core.adapter import EvaluationBatch, ProposalFn
    from gepa.core.result import GEPAResult

MOST, SHARE, LEAST = 60, 4, 4
"""Questions of one half of dev: at most sixty and a quarter of the budget, as the search asks each of them anew for
every wording it keeps; at least four."""
REFLECTION_TOKENS = 700
REFLECTION = """These are the instructions of an assistant:
```
<curr_param>
```
This is what it was given, what it answered, and what was wrong with the answers:
```
<side_info>
```
Write better instructions, so that the answers hold. State general rules. Do not quote or paraphrase the texts above:
the next ones will be different. Keep the form of the answer as it is. Keep everything between {{ and }} and between
{% and %} as it stands, and write no other braces than those of the JSON in the instructions. Give the whole new
instructions between ``` and ```."""

Progress = Callable[[int, int], None]
Trace = tuple[Trial, Verdict | None]


@dataclass(frozen=True)
class Row:
    """Both wordings on the same questions; `distinct` of them differ in their text."""

    name: str
    distinct: int
    before: Share
    after: Share
    paired: Comparison


@dataclass(frozen=True)
class Tried:
    """One wording the search kept: where it came from, its share of passed answers on the choosing half of dev."""

    number: int
    parent: int | None
    score: float
    text: str


@dataclass(frozen=True)
class Optimised:
    """What a search came to. `best` is the seed itself where nothing better was found: then there are no rows. The
    model answered `asked` questions for the search, `proposed` other wordings when it was told to reflect, of which the
    search kept all `tried` but the first, and `measured` more questions for the rows."""

    seed: Prompt
    best: Prompt
    model: str
    budget: int
    asked: int
    proposed: int
    measured: int
    tried: tuple[Tried, ...]
    refused: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def better(self) -> bool:
        return self.best.sha256 != self.seed.sha256


@dataclass
class Adapter:
    """How GEPA asks for scores and for what to reflect on."""

    judge: Judge
    propose_new_texts: ProposalFn | None = None

    def evaluate(
        self, batch: list[Trial], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[Trace, Verdict | None]:
        from gepa.core.adapter import EvaluationBatch

        verdicts = self.judge.tried(candidate[PART], batch)
        scores = [float(verdict is not None and verdict.passed) for verdict in verdicts]
        traces = list(zip(batch, verdicts, strict=True)) if capture_traces else None
        return EvaluationBatch(outputs=verdicts, scores=scores, trajectories=traces)

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],
        eval_batch: EvaluationBatch[Trace, Verdict | None],
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        told = [self._example(candidate[PART], *trace) for trace in eval_batch.trajectories or ()]
        return dict.fromkeys(components_to_update, told)

    def _example(self, text: str, trial: Trial, verdict: Verdict | None) -> dict[str, str]:
        if verdict is None:
            return {"Given": trial.own, "Answered": "", "Feedback": self.judge.refused.get(text, "")}
        sent = trial.sent(Prompts({self.judge.seed.front.role: self.judge.seed}))
        given = "\n".join(message.content for message in sent.messages if message.role == "user")
        return {"Given": given, "Answered": verdict.call.answer, "Feedback": f"{verdict.outcome}: {verdict.why}"}


class _Quiet:
    def log(self, message: str) -> None:
        """GEPA's own log is nobody's."""


def optimise(
    seed: Prompt,
    dev: Sequence[Trial],
    checks: Mapping[str, Sequence[Trial]],
    model: Model,
    held_out: HeldOut,
    budget: int,
    progress: Progress = lambda done, of: None,
) -> Optimised:
    """Search with about `budget` answers on dev at most, then measure seed and find, if there is one, on dev and on all
    of `checks`, which the budget does not bound.

    Raises PromptError where dev has too few questions to learn anything.
    """
    from gepa.api import optimize

    learn, choose = halves(dev, min(MOST, max(LEAST, budget // SHARE)))
    if min(len(learn), len(choose)) < LEAST:
        what = f"dev has {len(learn) + len(choose)} different questions for {seed.name!r}"
        raise PromptError(what, f"{2 * LEAST} are needed: `casework eval run` reviews the cases that ask them")
    judge = Judge(model, seed, copied(held_out, learn, seed))
    judge.progress = lambda: progress(judge.asked, budget)
    found: GEPAResult[Verdict | None, Any] = optimize(
        {PART: source(seed)},
        trainset=learn,
        valset=choose,
        adapter=Adapter(judge),
        reflection_lm=lambda asked: reflect(judge, str(asked)),
        reflection_prompt_template=REFLECTION,
        max_metric_calls=budget,
        logger=_Quiet(),
        seed=0,
    )
    best = judge.worded(found.candidates[found.best_idx][PART]) or seed
    asked, sets = judge.asked, {"dev": choose, **checks} if best.sha256 != seed.sha256 else {}
    rows = tuple(_row(name, seed, best, judge, trials) for name, trials in sets.items() if trials)
    kept = zip(found.candidates, found.parents, found.val_aggregate_scores, strict=True)
    return Optimised(
        seed=seed,
        best=best,
        model=model.name,
        budget=budget,
        asked=asked,
        proposed=judge.proposed,
        measured=judge.asked - asked,
        tried=tuple(Tried(n, parents[0], score, each[PART]) for n, (each, parents, score) in enumerate(kept)),
        refused=tuple(judge.refused.values()),
        rows=rows,
    )


def halves(trials: Sequence[Trial], most: int = MOST) -> tuple[list[Trial], list[Trial]]:
    """Different questions in two halves that share no customer, each of so many at most, drawn with a fixed seed."""
    different = list({trial.own: trial for trial in trials}.values())
    chance = random.Random(f"halves {len(different)}")  # noqa: S311 - a repeatable draw, not a secret
    chance.shuffle(different)
    customers = list(dict.fromkeys(trial.customer for trial in different))
    learning = set(customers[::2])
    learn = [trial for trial in different if trial.customer in learning]
    choose = [trial for trial in different if trial.customer not in learning]
    return learn[:most], choose[:most]


def copied(held_out: HeldOut, trials: Iterable[Trial], seed: Prompt) -> HeldOut:
    """What is held out, and the phrases of the questions that the search learns from; those of the seed are its own."""
    prompts = Prompts({seed.front.role: seed})
    own = set(phrases(source(seed)))
    learned = {
        phrase: "the questions it learned from"
        for trial in trials
        for message in trial.sent(prompts).messages
        if message.role == "user"
        for phrase in phrases(message.content)
        if phrase not in own
    }
    return HeldOut(held_out.ids, learned | held_out.phrases)


def reflect(judge: Judge, asked: str) -> str:
    """The model's own words on how to improve; empty where it does not answer, which is noted as a refusal."""
    judge.proposed += 1
    call = judge.model.ask(judge.seed.front.role, (Message("user", asked),), None, REFLECTION_TOKENS)
    if call.error:
        judge.no_wording(call.error)
    return call.answer


def _row(name: str, seed: Prompt, best: Prompt, judge: Judge, trials: Sequence[Trial]) -> Row:
    before, after = ([verdict.passed for verdict in judge.verdicts(each, trials)] for each in (seed, best))
    return Row(
        name=name,
        distinct=len({trial.own or trial.name for trial in trials}),
        before=share(sum(before), len(before)),
        after=share(sum(after), len(after)),
        paired=compare(before, after, [trial.customer for trial in trials]),
    )
