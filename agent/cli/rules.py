"""`casework rules`: the policy analyst's commands. Check the rules, try their examples, see how a case came out, what a
change would do to the drafts that are there, and what decided cases show that no rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from agent.audit import now
from agent.case import CaseFile, Leaf
from agent.cli import backtest as cli_backtest
from agent.cli import mine as cli_mine
from agent.cli.opening import drafted, opened
from agent.cli.options import AsJson, CaseId, OfAttempt
from agent.cli.screen import console, counted, print_json, safe
from agent.render import format_comparison, format_value
from agent.settings import read_settings
from tools.evidence import FactSpec

if TYPE_CHECKING:
    # Only named here: policy, tools and store are for those who run something.
    from agent.policy.fire import Firing, RuleTrace
    from agent.policy.model import Policy

app = typer.Typer(
    no_args_is_help=True,
    help="The policy: check it, try its examples, explain a case, backtest an edit, mine what was decided.",
)
app.add_typer(cli_backtest.app)
app.add_typer(cli_mine.app)

WhyNot = Annotated[bool, typer.Option("--why-not", help="Also show the rules that did not fire, and why not.")]
SHADE = {"true": "bold", "false": "dim", "unknown": "yellow"}
MARK = {"true": "yes", "false": "no", "unknown": "unknown"}
FOUND = 1


@app.command("lint")
def lint_command(as_json: AsJson = False) -> None:
    """Check the policy and list problems by file and line; exit 1 if there are any.

    Otherwise list the rules that are not in force today.
    """
    from agent.policy.lint import lint
    from agent.policy.model import load_policy
    from tools.registry import all_tools

    folder, today = read_settings().policy_dir, now()[:10]
    found = lint(folder, all_tools(), today)
    problems = found.problems
    idle = [] if problems else _idle(load_policy(folder), today)
    if as_json:
        told = {"problems": [asdict(problem) for problem in problems], "not_in_force": idle}
        print_json(told | {"not_looked_through": list(found.untried)})
    else:
        out = console()
        for problem in problems:
            out.print(f"{problem.where}: {problem.what}", soft_wrap=True)
        out.print(counted(len(problems), "problem") if problems else "The policy is in order.")
        for line in idle:
            out.print(line)
        if found.untried:
            rows = ", ".join(found.untried)
            out.print(f"Not checked, as the rules combine too many facts: whether a case can reach {rows}.")
    if problems:
        raise typer.Exit(FOUND)


def _idle(policy: Policy, today: str) -> list[str]:
    """The rules that are not in force today, and since or until when."""
    words = {"expired": "{0.id} expired on {0.expires}.", "not yet in force": "{0.id} takes effect on {0.effective}."}
    return [words[how].format(rule) for rule in policy.rules if (how := rule.standing(today)) in words]


@app.command("test")
def examples_command(as_json: AsJson = False) -> None:
    """Run the examples of every rule; exit 1 if one fails."""
    from agent.policy.lint.examples import failed_examples
    from agent.policy.model import load_policy
    from tools.registry import fact_specs

    policy = load_policy(read_settings().policy_dir)
    failed = failed_examples(policy, fact_specs())
    count = sum(len(rule.examples) for rule in policy.rules)
    if as_json:
        print_json({"examples": count, "failed": [asdict(each) for each in failed]})
    else:
        out = console()
        for each in failed:
            out.print(f"{each.rule}, example {each.number}: expected {each.expected}, got {each.found}")
        out.print(f"{count} examples of {len(policy.rules)} rules, {len(failed)} failed.")
    if failed:
        raise typer.Exit(FOUND)


@app.command("explain")
def explain_command(
    case_id: CaseId, attempt: OfAttempt = None, why_not: WhyNot = False, as_json: AsJson = False
) -> None:
    """Show how every rule came out on a draft of a case, under the policy that it was made with."""
    from agent.policy.fire import fire
    from tools.registry import fact_specs

    file, policy = _reviewed(case_id, attempt)
    firing = fire(policy, file.case.type, file.case.flagged_at, file.ledger, fact_specs())
    if as_json:
        print_json(_plain(file, firing, why_not=why_not))
    else:
        console().print(_tree(file, firing, fact_specs(), why_not=why_not))


def _reviewed(case_id: str, attempt: int | None) -> tuple[CaseFile, Policy]:
    from agent.replay import policy_of

    with opened("read") as (store, _):
        file = drafted(store, case_id, attempt)
        return file, policy_of(file, store)


def _shown(firing: Firing, *, why_not: bool) -> list[RuleTrace]:
    """Rules that fired and rules that are unknown; on request also those that are false."""
    order = ("true", "unknown", "false")
    traces = (trace for trace in firing.traces if why_not or trace.truth != "false")
    return sorted(traces, key=lambda trace: order.index(trace.truth))


def _plain(file: CaseFile, firing: Firing, *, why_not: bool) -> dict[str, object]:
    recommendation = file.recommendation
    return {
        "case_id": file.case.case_id,
        "disposition": recommendation.disposition,
        "row": recommendation.row,
        "possible": list(recommendation.possible),
        "open_facts": list(recommendation.open_facts),
        "policy_sha256": file.policy_sha256,
        "rules": [trace.model_dump(mode="json") for trace in _shown(firing, why_not=why_not)],
    }


def _tree(file: CaseFile, firing: Firing, specs: Mapping[str, FactSpec], *, why_not: bool) -> Tree:
    recommendation = file.recommendation
    head = f"{file.case.case_id}: {recommendation.disposition}, by row {recommendation.row!r}"
    tree = Tree(Text(head, style="bold"))
    whens = {each.rule.id: each.rule.when for each in firing.rules}
    for trace in _shown(firing, why_not=why_not):
        title = f"{trace.rule} {trace.title} ({trace.severity}): {MARK[trace.truth]}"
        branch = tree.add(Text(title, style=SHADE[trace.truth]))
        branch.add(Text(f"when {' '.join(whens[trace.rule].split())}", style="italic"))
        for leaf in trace.leaves:
            branch.add(Text(safe(_line(leaf, specs.get(leaf.fact))), style=SHADE[leaf.truth]))
    hidden = len(firing.traces) - len(_shown(firing, why_not=why_not))
    if hidden:
        tree.add(Text(f"{hidden} rules did not fire; --why-not shows them", style="dim"))
    return tree


def _line(leaf: Leaf, spec: FactSpec | None) -> str:
    """One comparison: what was asked, what was found, where it stands."""
    asked = f"{leaf.fact} {leaf.comparator} {_threshold(leaf, spec)}".rstrip()
    found = format_comparison(leaf, spec) if spec else str(leaf.value)
    return f"{MARK[leaf.truth]}: {asked} [{found}{', ' + leaf.evidence_id if leaf.evidence_id else ''}]"


def _threshold(leaf: Leaf, spec: FactSpec | None) -> str:
    if leaf.threshold is None or spec is None:
        return ""
    values = leaf.threshold if isinstance(leaf.threshold, tuple) else (leaf.threshold,)
    text = ", ".join(format_value(value, spec) for value in values)
    return f"{text} ({leaf.threshold_name})" if leaf.threshold_name else text
