"""The tour behind `make demo`: a simulated exchange, three reviews and one page, by the commands a user would type."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.rule import Rule

HOME = Path(".casework")
WORLD = HOME / "world"
WANTED = ("kyc", "account_takeover", "ring")

console = Console(highlight=False)


def main(
    model: Annotated[Literal["local", "none"], typer.Option(help="none does without a language model")] = "local",
) -> None:
    """Build the exchange, review three flagged cases, write one page, and say what to type next."""
    shown("world", "build", "--out", str(WORLD), "--seed", "7", "--customers", "400", "--cases", "12")
    with_model = model == "local" and fetched()
    cases = three_cases()
    for case in cases:
        shown("review", case, *([] if with_model else ["--no-model"]))
    page = HOME / f"{cases[0]}.html"
    shown("report", cases[0], "-o", str(page))
    farewell(cases[0], page)


def shown(*arguments: str) -> None:
    """Run `casework` with the terminal handed through, after printing the command."""
    console.print(Rule(f"casework {' '.join(arguments)}", align="left", style="dim"))
    if subprocess.run([command(), *arguments], check=False).returncode:
        sys.exit(1)


def fetched() -> bool:
    """Whether the embedded model's weights are there, after fetching them if they were not."""
    console.print(Rule("casework llm fetch", align="left", style="dim"))
    if subprocess.run([command(), "llm", "fetch"], check=False).returncode == 0:
        return True
    console.print("The model's weights could not be fetched: the drafts below use the policy's own text.")
    return False


def three_cases() -> list[str]:
    """One case of each wanted type, else the first in the queue."""
    listing = subprocess.run([command(), "queue", "--json"], check=True, capture_output=True, text=True).stdout
    rows = [(row["case_id"], row["type"]) for row in json.loads(listing)["cases"]]
    first = [next((case for case, kind in rows if kind == wanted), None) for wanted in WANTED]
    rest = [case for case, _ in rows if case not in first]
    return ([case for case in first if case] + rest)[:3]


def farewell(case: str, page: Path) -> None:
    """Where everything is, and what to type next."""
    console.print(Rule("done", align="left", style="dim"))
    console.print(f"The page:       {page}   (open it in a browser)")
    console.print(f"All state:      {HOME}/   the exchange and its labels: {WORLD}/")
    console.print("Type next:      [bold]source .venv/bin/activate[/]       once in each terminal")
    console.print("                [bold]casework work[/]                   walk through the queue")
    console.print(f"                casework rules explain {case}   why each rule fired or did not")
    console.print(f"                casework replay {case}          rebuild the draft bit for bit")
    console.print("                casework doctor                 check this installation")


def command() -> str:
    """The `casework` beside this interpreter."""
    return str(Path(sys.executable).with_name("casework"))


if __name__ == "__main__":
    typer.run(main)
