"""Kill -9 around every node: asking again comes to the same result, and no audit row is lost or doubled."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.case import CaseFile
from agent.nodes import plain
from agent.replay import differences
from agent.store import Store

pytestmark = pytest.mark.heavy

DRIVER = Path(__file__).with_name("driver.py")
DRAFTING = ("pull", "gather", "fire", "investigate", "decide", "draft", "ground")
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One `casework` command in a process of its own, killed where it is told to be."""
    command = [sys.executable, str(DRIVER)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None

        def tell(home: Path, *arguments: str, kill: str = "") -> dict[str, Any]:
            driver.stdin.write(json.dumps({"home": str(home), "arguments": arguments, "kill": kill}) + "\n")
            driver.stdin.flush()
            answer: dict[str, Any] = json.loads(driver.stdout.readline())
            return answer

        yield tell
        driver.stdin.close()


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home in which nothing is killed."""
    return tmp_path_factory.mktemp("undisturbed")


@pytest.fixture(scope="module")
def undisturbed(run: Run, exchange: Path, reviewed: Path) -> CaseFile:
    """What the review comes to where nothing is killed. The case is one whose investigation asks for more evidence."""
    source = Store(exchange / "home")
    cases = [source.case(row.case_id) for row in source.queue()]
    source.close()
    Store(reviewed).add_cases(cases)
    for case in cases:
        assert run(reviewed, "review", case.case_id, "--no-model", "--json")["code"] == 0
        file = Store(reviewed).latest_file(case.case_id)
        assert file is not None
        if "investigate" in file.timings_ms and len(file.ledger.entries) > 4 and file.draft.reason_codes:
            return file
    pytest.fail("the exchange has no case to investigate")


@pytest.fixture
def drafted(undisturbed: CaseFile, reviewed: Path, tmp_path: Path) -> Path:
    """A home of this test's own, in which that draft waits for a person."""
    return Path(shutil.copytree(reviewed, tmp_path / "drafted"))


def actions(home: Path, case_id: str) -> list[str]:
    return [entry.action for entry in Store(home).audit(case_id)]


def decision(file: CaseFile, disposition: str = "reject", reviewer: str = "ada") -> tuple[str, ...]:
    options = ("--outcome", "worth_reviewing", "--reason-code", file.draft.reason_codes[0], "--cite", "E1")
    return ("decide", file.case.case_id, *options, "--disposition", disposition, "--reviewer", reviewer)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("node", DRAFTING)
def test_a_review_that_was_killed_comes_to_the_same_draft(
    run: Run, home: Path, undisturbed: CaseFile, node: str, when: str
) -> None:
    review = ("review", undisturbed.case.case_id, "--no-model", "--json")
    assert run(home, *review, kill=f"{when}:{node}")["code"] == -signal.SIGKILL
    again = run(home, *review)
    assert (again["code"], again["err"]) == (0, "")
    file = Store(home).latest_file(undisturbed.case.case_id)
    assert file is not None
    assert file.sha256 == undisturbed.sha256
    assert actions(home, undisturbed.case.case_id) == ["added", "pulled", "drafted"]
    assert Store(home).verify() == ()


def test_a_review_killed_at_every_node_in_turn_still_ends(run: Run, home: Path, undisturbed: CaseFile) -> None:
    review = ("review", undisturbed.case.case_id, "--no-model", "--json")
    for node in DRAFTING:
        run(home, *review, kill=f"after:{node}")
    assert run(home, *review)["code"] == 0
    file = Store(home).latest_file(undisturbed.case.case_id)
    assert file is not None
    assert file.model_copy(update={"attempt": 1}).sha256 == undisturbed.sha256
    assert Store(home).verify() == ()


def test_a_draft_that_was_filed_is_not_made_again(run: Run, home: Path, undisturbed: CaseFile) -> None:
    """Killed while it began to wait for a person: the draft stands, and the same command shows it."""
    review = ("review", undisturbed.case.case_id, "--no-model", "--json")
    assert run(home, *review, kill="before:await_review")["code"] == -signal.SIGKILL
    assert run(home, *review)["code"] == 0
    assert Store(home).attempts(undisturbed.case.case_id) == 1
    assert actions(home, undisturbed.case.case_id) == ["added", "pulled", "drafted"]


@pytest.mark.parametrize("kill", ["before:await_review", "after:await_review", "before:record", "after:record"])
def test_a_decision_that_was_killed_is_recorded_once(run: Run, drafted: Path, undisturbed: CaseFile, kill: str) -> None:
    case_id = undisturbed.case.case_id
    assert run(drafted, *decision(undisturbed), kill=kill)["code"] == -signal.SIGKILL
    again = run(drafted, *decision(undisturbed))
    reviews = Store(drafted).reviews(case_id)
    assert [review.reviewer for review in reviews] == ["ada"]
    assert again["code"] == 0 or "ada' has already decided" in again["err"]
    assert Store(drafted).status(case_id) == "awaiting_second"
    assert run(drafted, *decision(undisturbed, reviewer="bo"))["code"] == 0
    assert Store(drafted).status(case_id) == "closed"
    assert actions(drafted, case_id) == ["added", "pulled", "drafted", "reviewed", "reviewed"]
    assert Store(drafted).verify() == ()


@pytest.mark.parametrize("kill", ["before:await_review", "after:await_review", "before:record", "after:record"])
def test_a_decision_that_was_killed_is_never_recorded_in_the_place_of_another(
    run: Run, drafted: Path, undisturbed: CaseFile, kill: str
) -> None:
    """Only what the store had of it stands: nobody was told that it is recorded."""
    case_id = undisturbed.case.case_id
    run(drafted, *decision(undisturbed, "reject", "ada"), kill=kill)
    assert run(drafted, *decision(undisturbed, "approve", "bo"))["code"] == 0
    said = [(review.reviewer, review.disposition) for review in Store(drafted).reviews(case_id)]
    assert said == [*([("ada", "reject")] if kill == "after:record" else []), ("bo", "approve")]
    assert Store(drafted).verify() == ()


@pytest.mark.parametrize("kill", ["before:await_review", "after:await_review", "before:record", "after:record"])
def test_a_new_draft_records_no_decision_that_was_killed(
    run: Run, drafted: Path, undisturbed: CaseFile, kill: str
) -> None:
    case_id = undisturbed.case.case_id
    run(drafted, *decision(undisturbed, "reject", "ada"), kill=kill)
    assert run(drafted, "review", case_id, "--no-model", "--json")["code"] == 0
    assert len(Store(drafted).reviews(case_id)) == (kill == "after:record")
    assert Store(drafted).status(case_id) == "drafted"
    assert Store(drafted).verify() == ()


def test_a_real_command_line_that_is_killed_goes_on(home: Path, undisturbed: CaseFile) -> None:
    """The same once more without the driver: `python -m agent.cli`, killed from outside as soon as it has begun."""
    case_id = undisturbed.case.case_id
    environment = {**os.environ, "CASEWORK_HOME": str(home)}
    command = [sys.executable, "-m", "agent", "review", case_id, "--no-model", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as child:
        store = Store(home)
        while len(store.audit(case_id)) < 2 and child.poll() is None:
            time.sleep(0.02)
        child.kill()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    file = Store(home).latest_file(case_id)
    assert file is not None
    came_to = plain(file.model_copy(update={"attempt": 1, "timings_ms": {}}))
    assert list(differences(plain(undisturbed.model_copy(update={"timings_ms": {}})), came_to, "file")) == []
    assert Store(home).verify() == ()
