"""A batch drafts what waits for a draft, once, and one case that fails leaves the others alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.batch import prepare, waiting
from agent.case import Case
from agent.errors import PolicyError
from agent.llm.qualify import Earned, Record, load_questions, save
from agent.llm.served import Served
from agent.policy.files import PACKAGED
from agent.review.queue import Filters, by_priority
from agent.runner import alone
from agent.session import load_prompts, review_case
from agent.settings import Settings
from agent.store import Store

pytestmark = pytest.mark.heavy

NOW = datetime(2026, 11, 3, tzinfo=UTC)
WAIT_S = 120


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(casework_home=home)


@pytest.fixture
def queued(exchange: Path, home: Path) -> Iterator[Store]:
    """Three cases of the exchange: each test that starts workers waits for them."""
    with closing(Store(exchange / "home")) as source:
        cases = [source.case(row.case_id) for row in source.queue()[:3]]
    shutil.rmtree(home)
    with closing(Store(home)) as store:
        store.add_cases(cases)
        yield store


def test_what_waits_for_a_draft_comes_by_urgency(queued: Store, settings: Settings) -> None:
    rows = by_priority(queued.queue(), NOW)
    assert waiting(queued, settings, NOW) == tuple(row.case_id for row in rows)
    wanted = rows[-1].type
    only = waiting(queued, settings, NOW, Filters(types=(wanted,)))
    assert only == tuple(row.case_id for row in rows if row.type == wanted)


def test_a_draft_waits_no_more_until_something_it_rests_on_changes(
    queued: Store, settings: Settings, tmp_path: Path
) -> None:
    first, second, *_ = waiting(queued, settings, NOW)
    review_case(queued, settings, first, with_model=False)
    queued.set_status(second, "deferred", "ada", "deferred", "defer:1")
    assert not {first, second} & set(waiting(queued, settings, NOW))

    stricter = settings.model_copy(update={"policy_dir": _stricter(tmp_path / "policy")})
    assert waiting(queued, stricter, NOW)[0] == first
    assert second not in waiting(queued, stricter, NOW)

    other = queued.case(first).model_copy(update={"exposure_usd": 12.0})
    queued.add_cases([other])
    assert first in waiting(queued, settings, NOW)


def test_a_case_that_fails_or_is_in_other_hands_leaves_the_others_alone(
    queued: Store, settings: Settings, exchange: Path
) -> None:
    lost = _lost(exchange)
    odd = lost.model_copy(update={"case_id": "C-9001", "source": f"/{'a' * 300}"})
    queued.add_cases([lost, odd])
    held, reviewed, *_ = case_ids = waiting(queued, settings, NOW)
    assert not {lost.case_id, odd.case_id} & {held, reviewed}
    ours = review_case(queued, settings, reviewed, with_model=False)
    with alone(settings.casework_home, held):
        done = {each.case_id: each for each in prepare(settings, case_ids, processes=1)}
    assert done.keys() == set(case_ids)
    assert done[held].left.endswith("is being worked on by another process")
    assert done[reviewed].left.endswith("is no longer waiting for a draft")
    assert queued.latest_file(reviewed) == ours
    failed = done[lost.case_id]
    assert failed.failure.startswith("there is no warehouse at")
    assert failed.remedy
    assert done[odd.case_id].failure == "unexpected OSError"
    assert "casework --debug review C-9001" in done[odd.case_id].remedy
    for case_id in set(case_ids) - {held, reviewed, lost.case_id, odd.case_id}:
        file = queued.latest_file(case_id)
        assert file is not None
        assert (done[case_id].disposition, done[case_id].confidence) == (file.draft.disposition, file.draft.confidence)
        assert queued.status(case_id) == "drafted"


def test_a_model_that_gives_no_answer_is_told_of_each_draft(
    queued: Store, settings: Settings, chat_server: Any
) -> None:
    chat_server.answer = lambda asked: {"error": "overloaded"}
    served = Served("fleeting", chat_server.url, chat_server.url)
    earned = Earned(
        prompt_sha256=load_prompts(settings).sha256s["merge"],
        asked=1, passed=1, unanswered=0, refused=0, copied=0, low=0, high=1, seconds_each=1, granted=True,
    )  # fmt: skip
    questions = load_questions().version
    record = Record(
        model=served.name, endpoint=served.endpoint, questions=questions, made_at="now", roles={"merge": earned}
    )
    save(settings.casework_home, record)
    done = list(prepare(settings, waiting(queued, settings, NOW), served, 1))
    assert all(each.disposition for each in done)
    assert any(each.silent for each in done)


def test_a_policy_that_does_not_load_fails_before_the_first_case(
    queued: Store, settings: Settings, tmp_path: Path
) -> None:
    broken = _stricter(tmp_path / "policy")
    (broken / "rules.yaml").write_text("- {id: X-01}\n")
    with pytest.raises(PolicyError, match=r"rules\.yaml"):
        next(prepare(settings.model_copy(update={"policy_dir": broken}), waiting(queued, settings, NOW)))
    assert all(queued.status(row.case_id) == "open" for row in queued.queue())


def test_a_batch_that_was_killed_goes_on_and_drafts_nothing_twice(queued: Store, home: Path) -> None:
    command = [sys.executable, "-m", "agent", "batch", "--no-model", "--processes", "1"]
    environment = {**os.environ, "CASEWORK_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as batch:
        until = time.monotonic() + WAIT_S
        while not _drafted(queued) and time.monotonic() < until:
            time.sleep(0.01)
        batch.send_signal(signal.SIGKILL)
    kept = _drafted(queued)
    assert 0 < len(kept) < len(queued.queue())
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert _drafted(queued) == {row.case_id for row in queued.queue()}
    assert {queued.attempts(row.case_id) for row in queued.queue()} == {1}
    assert queued.verify() == ()


def _drafted(store: Store) -> set[str]:
    return {row.case_id for row in store.queue() if row.status == "drafted"}


def _lost(exchange: Path) -> Case:
    """A case whose warehouse is not there."""
    with closing(Store(exchange / "home")) as store:
        case = store.case(store.queue()[0].case_id)
    return case.model_copy(update={"case_id": "C-9000", "source": str(exchange / "nowhere")})


def _stricter(folder: Path) -> Path:
    """The packaged policy with one threshold changed."""
    shutil.copytree(PACKAGED, folder)
    thresholds = folder / "thresholds.yaml"
    thresholds.write_text(thresholds.read_text().replace("value: 365", "value: 364", 1))
    return folder
