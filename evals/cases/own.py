"""A team's own cases with labels that it has for them already, as a labelled set.

The cases are those of `casework add`: their files stay where they lie, and their warehouse is that of the settings. The
labels are a CSV file, also as Excel saves it, with a row for each case:

    case_id, label (the disposition that would have been right), fraud (yes or no) and, for slices, perhaps story

A label is somebody's word, given without a draft in sight. Who else would have said so is not known: no ceiling can be
read off such a set.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from pydantic import ValidationError

from agent.case import DISPOSITIONS, Case
from agent.errors import AgentError, one_of
from agent.intake import Intake
from agent.intake.entry import Trouble
from agent.intake.lines import Fault
from evals.cases.placed import check_place, write_set
from evals.world.label import LEANINGS, Label
from tools.evidence import Frozen

KIND = "own"
NOTE = "A team's own cases and labels; the labels were given without a draft in sight."
HAPPENED = "A label of the team's own."
NEEDED = ("case_id", "label", "fraud")
COLUMNS = (*NEEDED, "story")
SEPARATORS = ",;\t"
YES, NO = frozenset({"yes", "y", "true", "t", "1"}), frozenset({"no", "n", "false", "f", "0"})
LONGEST = 60
"""Characters of a story."""
FORM = f"write the columns {', '.join(NEEDED)} and perhaps story, separated by commas, semicolons or tabs"


class Labelled(Frozen):
    """What was made: how many cases of how many customers, and how many of them fraud."""

    out: str
    cases: int
    customers: int
    fraud: int


def labelled(intake: Intake, content: bytes) -> tuple[dict[str, Label], tuple[Fault, ...], tuple[Fault, ...]]:
    """The labels of the cases that were read, by id; what is wrong with lines of the file of labels (`content`), and
    with cases, which it does not name.

    Raises AgentError where it is no table of labels at all.
    """
    labels, lines, faults = dict[str, Label](), dict[str, int](), list[Fault]()
    for entry, (line, row) in enumerate(_rows(content), 1):
        found, case_id = _found(intake, row, lines), row["case_id"]
        if isinstance(found, Label):
            labels[case_id] = found
        else:
            faults.append(Fault(line=line, entry=entry, field=found[0], what=found[1]))
        lines.setdefault(case_id, line)
    bare = (each for each in intake.cases if each not in lines)
    return labels, tuple(faults), tuple(intake.fault(each, "case_id", "is in no line of the labels") for each in bare)


def _found(intake: Intake, row: Mapping[str, str], lines: Mapping[str, int]) -> Label | Trouble:
    """The label that a row gives to a case, or the column that is at fault and why."""
    case_id = row["case_id"]
    if case_id in lines:
        return "case_id", f"is that of line {lines[case_id]} too"
    case = intake.cases.get(case_id)
    return _label(case, row) if case else ("case_id", "is that of no case that could be read")


def made(intake: Intake, labels: Mapping[str, Label], out: Path) -> Labelled:
    """Write the set to the folder `out`. Raises AgentError where that holds something else or cannot be written."""
    check_place(out, KIND, "a set of a team's own labelled cases")
    kept = [(case, labels[case_id]) for case_id, case in intake.cases.items()]
    write_set(out, KIND, NOTE, kept)
    return Labelled(
        out=str(out.resolve()),
        cases=len(kept),
        customers=len({case.customer_id for case, _ in kept}),
        fraud=sum(label.is_fraud is True for _, label in kept),
    )


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of the table that say something, each with the line it ends on."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AgentError("the file of labels is not UTF-8 text", "save it as CSV UTF-8") from error
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=head.count))
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if lacking := [name for name in NEEDED if names.count(name) != 1]:
            raise AgentError(f"the file of labels has not one column {lacking[0]!r}", FORM)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                told = dict(zip_longest(names, (cell.strip() for cell in cells), fillvalue=""))
                yield reader.line_num, {name: told.get(name, "") for name in COLUMNS}
    except csv.Error as error:
        raise AgentError(f"the file of labels cannot be read at line {reader.line_num}: {error}", FORM) from error


def _label(case: Case, row: Mapping[str, str]) -> Label | Trouble:
    """The label of a case, or the column that does not hold one and why."""
    ideal, said = row["label"].lower().replace(" ", "_"), row["fraud"].lower()
    if ideal not in DISPOSITIONS:
        return "label", f"is none: {one_of(DISPOSITIONS)}"
    if said not in YES | NO:
        return "fraud", "is neither yes nor no"
    if len(row["story"]) > LONGEST or not row["story"].isprintable():
        return "story", f"is not a line of at most {LONGEST} characters"
    fraud = said in YES
    try:
        return Label.model_validate(
            {
                "case_id": case.case_id, "customer_id": case.customer_id, "story": row["story"], "is_fraud": fraud,
                "ideal": ideal, "proof": (), "intolerable": fraud, "doubt": 0.0, "reviewers": (ideal,) * len(LEANINGS),
                "what_happened": HAPPENED,
            }
        )  # fmt: skip
    except ValidationError as error:
        return "label", error.errors()[0]["msg"].removeprefix("Value error, ")
