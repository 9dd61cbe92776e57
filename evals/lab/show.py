"""What the lab prints at a terminal: messages as sent, roles in colour and fences visible, and what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from agent.cli.screen import safe, table
from agent.llm import Message, estimate
from agent.llm.qualify import Outcome
from evals.lab.fenced import FENCED
from evals.lab.hidden import shown
from evals.lab.lint import Linted
from evals.lab.trials import Sent, Trial
from evals.lab.verdict import Verdict
from prompts import Prompt, Speaker

COLOURS: Mapping[Speaker, str] = {"system": "magenta", "user": "cyan", "assistant": "green"}
MARKS: Mapping[Outcome, str] = {"passed": "green", "copied": "yellow", "refused": "red", "unanswered": "red"}


def show_sent(out: Console, prompt: Prompt, trial: Trial, sent: Sent) -> None:
    """One question, part by part, with its tokens against the budget."""
    out.print(Rule(trial.name, align="left", style="dim"))
    for message in sent.messages:
        out.print(Text(f"{message.role}  about {estimate((message,))} tokens", style=f"bold {COLOURS[message.role]}"))
        for line in _fences(message).split("\n"):
            out.print(Text.assemble("  ", line), soft_wrap=True)
    budget = f"about {estimate(sent.messages)} of {prompt.front.prompt_tokens} tokens"
    form = sent.schema.__name__ if sent.schema else "text"
    out.print(Text(f"{budget}; answer: {form}, at most {sent.max_tokens} tokens", style="dim"))


def _fences(message: Message) -> Text:
    """The text of a part in its role's colour, untrusted passages reversed; what no screen shows is written out."""
    content = shown(message.content)
    text = Text(content, style=COLOURS[message.role])
    for fenced in FENCED.finditer(content):
        text.stylize("reverse", *fenced.span())
    return text


def show_verdict(out: Console, verdict: Verdict) -> None:
    """What the model answered, what the verifier says of it, and the sentence that would ship."""
    call = verdict.call
    out.print(Text.assemble(("answer    ", "bold"), safe(call.answer) or "none"))
    out.print(
        Text.assemble(("verdict   ", "bold"), (verdict.outcome, MARKS[verdict.outcome]), f": {safe(verdict.why)}")
    )
    if verdict.remedy:
        out.print(Text.assemble(("remedy    ", "bold"), verdict.remedy))
    source = "model" if verdict.passed else "template"
    out.print(Text.assemble(("would ship ", "bold"), (f"({source}) ", "dim"), safe(verdict.ships)))
    out.print(Text(f"{call.model}; {call.tokens_in} tokens in, {call.tokens_out} out", style="dim"))


def sent_json(prompt: Prompt, trial: Trial, sent: Sent) -> dict[str, Any]:
    """One question as JSON."""
    parts = [{"role": each.role, "content": each.content, "tokens": estimate((each,))} for each in sent.messages]
    return {
        "trial": trial.name,
        "prompt": prompt.name,
        "variant": prompt.variant,
        "sha256": prompt.sha256,
        "messages": parts,
        "tokens": estimate(sent.messages),
        "budget": prompt.front.prompt_tokens,
        "max_tokens": sent.max_tokens,
        "schema": sent.schema.model_json_schema() if sent.schema else None,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """One verdict as JSON."""
    return {
        "outcome": verdict.outcome,
        "why": verdict.why,
        "remedy": verdict.remedy,
        "ships": verdict.ships,
        "source": "model" if verdict.passed else "template",
        "call": verdict.call.model_dump(),
    }


def show_linted(out: Console, linted: Sequence[Linted]) -> None:
    """Every fault by file and line, then the sizes."""
    for each in linted:
        for fault in each.faults:
            out.print(Text(shown(str(fault))), soft_wrap=True)
    listed = table("prompt", "faults", "tokens", "budget", "hash", words=["hash"])
    for each in linted:
        listed.add_row(*_row(each))
    out.print(listed)
    for each in linted:
        if each.size:
            out.print(f"{_name(each)}: the longest of {each.size.tried} tried is {each.size.longest}", soft_wrap=True)


def _row(linted: Linted) -> Iterable[str]:
    size = linted.size
    tokens, budget = (str(size.tokens), str(size.budget)) if size else ("-", "-")
    return _name(linted), str(len(linted.faults)), tokens, budget, linted.sha256[:12]


def _name(linted: Linted) -> str:
    return f"{linted.name}.{linted.variant}" if linted.variant else linted.name or shown(linted.path)
