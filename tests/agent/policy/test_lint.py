"""The packaged policy is in order, and whatever is put wrong in it is found where it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.case import CaseType
from agent.draft.letter import ACCUSING
from agent.errors import PolicyError
from agent.policy import reach
from agent.policy.files import PACKAGED
from agent.policy.fire import policy_facts
from agent.policy.lint import Linted, lint
from agent.policy.lint.examples import failed_examples
from agent.policy.lint.problem import Problem
from agent.policy.model import load_policy
from agent.policy.weigh import disposition_table
from tools.registry import all_tools, fact_specs

POLICY = load_policy()
TODAY = "2026-11-28"
NEW_RULE = """
- id: NEW-01
  reason_code: NEW_EMULATOR
  title: Emulated device
  when: device.emulator
  severity: suspicious
  group: access
  says: "The device is emulated."
  customer_text: "Please sign in with your phone."
  owner: o
  effective: 2025-01-01
  examples: [{facts: {device.emulator: true}, expect: true}, {facts: {device.emulator: false}, expect: false}]
"""
NEW_ROW = """
- {id: new, when: fired("NEW-01"), then: escalate, why: w}
"""


JOINED = """
- id: JOIN-{number}
  reason_code: JOINED_{number}
  title: Two facts together
  when: {first} > 3.5 and {second} > 7.5
  severity: {severity}
  group: {group}
  says: "Two facts together."
  customer_text: "Please tell us more."
  owner: o
  effective: 2025-01-01
  examples: [{{facts: {{{first}: 9, {second}: 9}}, expect: true}}, {{facts: {{{first}: 0}}, expect: false}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGED, tmp_path / "policy"))


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first occurrence and return the line it stands on."""
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def found(folder: Path, today: str = TODAY) -> tuple[Problem, ...]:
    return lint(folder, all_tools(), today).problems


def test_the_packaged_policy_is_in_order() -> None:
    assert lint(None, all_tools(), TODAY) == Linted(())
    assert failed_examples(POLICY, fact_specs()) == ()


def test_the_packaged_policy_has_substance() -> None:
    assert len(POLICY.rules) >= 30
    assert len({rule.reason_code for rule in POLICY.rules}) == len(POLICY.rules)
    assert {rule.severity for rule in POLICY.rules} == {"adverse", "suspicious", "mitigating"}
    asking = [rule for rule in POLICY.rules if rule.severity != "mitigating"]
    assert all(rule.customer_text and not ACCUSING.search(rule.customer_text) for rule in asking)


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        (
            "faces.yaml",
            "when: face.similarity >=",
            "when: face.simlarity >=",
            "no tool produces the fact 'face.simlarity'",
        ),
        (
            "faces.yaml",
            'liveness.verdict == "attack"',
            'liveness.verdict == "fake"',
            "liveness.verdict is never 'fake'",
        ),
        ("faces.yaml", 'liveness.verdict == "attack"', "liveness.verdict == 3", "is compared with 3"),
        ("faces.yaml", 'liveness.verdict == "attack"', "liveness.verdict < 3", "is a category and has no order"),
        ("links.yaml", "address.accounts_sharing >= 2", "address.accounts_sharing >= 0", "always fires"),
        ("links.yaml", "address.accounts_sharing >= 2", "address.accounts_sharing < 0", "can never fire"),
        (
            "faces.yaml",
            "face.accounts_sharing >= 1",
            "face.accounts_sharing > device.household_share",
            "compare exactly one fact",
        ),
        ("links.yaml", "address.accounts_sharing >= 2", "address.accounts_sharing > threshold.two", "'two' is unknown"),
        ("faces.yaml", "id: FACE-05", "id: FACE-04", "'FACE-04' is already defined at faces.yaml:"),
        ("faces.yaml", "{face.accounts_sharing}", "{face.accounts}", "says names 'face.accounts'"),
        ("faces.yaml", "effective: 2025-01-01", "effective: soon", "effective: 'soon' is not written as a day"),
        ("thresholds.yaml", "unit: thousand USD", "unit: USD", "unverified_balance are both in USD: compare them"),
        ("payments.yaml", "exposure.balance_usd / 1000", "exposure.balance_usd", "which is 1000 times as much"),
        ("payments.yaml", "exposure.balance_usd / 1000", "exposure.balance_usd / 100", "which is 1000 times as much"),
        ("payments.yaml", "threshold.new_account_days", "threshold.new_account_days * 24", "are both in days"),
        ("thresholds.yaml", "value: 900", "value: 1000", "to compare it with 1000 (tools/playbook/geo_velocity.sql)"),
        ("thresholds.yaml", "unit: km/h", "unit: parsecs", "unit 'parsecs' is none of USD, days, hours, km/h"),
        (
            "accounts.yaml",
            "threshold.travel_speed",
            "threshold.new_device_hours",
            "is in km/h, threshold new_device_hours",
        ),
        ("accounts.yaml", "owner: account-security", 'owner: ""', "owner: String should have at least 1"),
        ("accounts.yaml", "severity: adverse", "severity: adverse\n  expires: 2024-01-01", "before it takes effect"),
        (
            "capture.yaml",
            "{document.readable: false}, expect: true",
            "{document.readable: false}, expect: unknown",
            "fires",
        ),
        ("capture.yaml", "{document.readable: true}", "{document.legible: true}", "unknown fact 'document.legible'"),
        ("capture.yaml", "customer_text:", "# customer_text:", "has no customer_text"),
        (
            "capture.yaml",
            "asks: [document",
            "# asks: [document",
            "customer_text asks for 'document', and `asks` does not",
        ),
        (
            "capture.yaml",
            "asks: [document",
            "asks: [clip, document",
            "asks says 'clip', which customer_text does not ask",
        ),
        ("capture.yaml", "asks: [document", "asks: [page, document", "asks.0: "),
        ("capture.yaml", "Please send a new picture", "We suspect a forged picture", "would tell the customer"),
        ("capture.yaml", "Please send a new picture", "At {document.quality}, send a picture", "shows a value"),
        ("thresholds.yaml", "name: recapture", "name: recaptured", "threshold 'recapture' is unknown"),
        (
            "thresholds.yaml",
            "- name: recapture",
            "- {name: idle, value: 1, meaning: m, source: s}\n- name: recapture",
            "no rule",
        ),
        ("dispositions.yaml", "when: adverse.sanctions", "when: adverse.sanction", "nothing called 'adverse.sanction'"),
        ("dispositions.yaml", 'fired("AGE-01")', 'fired("AGE-09")', "nothing called 'fired:AGE-09'"),
        ("dispositions.yaml", "when: adverse\n", "when: adverse or suspicious >= 0\n", "no case can reach this row"),
        ("dispositions.yaml", 'when: "true"', "when: adverse", "the last row must be"),
        ("evidence.yaml", "- face.match", "- face.matches", "there is no tool 'face.matches'"),
        ("evidence.yaml", "case: ring", "case: p2p", "case type 'p2p' appears 2 times"),
        ("evidence.yaml", "missing: liveness.", "missing: livelihood.", "no fact begins with 'livelihood.'"),
        ("evidence.yaml", 'missing: ""', "missing: sql", "no entry for all other facts"),
        ("faces.yaml", "effective: 2025-01-01", 'effective: "2025-13-45"', "2025-13-45 is not a day of the calendar"),
        ("faces.yaml", "effective: 2025-01-01", "effective: 2025-02-29", "2025-02-29 is not a day of the calendar"),
        ("accounts.yaml", "severity: adverse", "severity: adverse\n  expires: 2025-99-99", "is not a day of the"),
        ("accounts.yaml", "severity: adverse", "severity: adverse\n  expires: 2025-01-01", "before it takes effect"),
        ("thresholds.yaml", "value: 0.43", 'value: "0.43"', "value: Input should be a valid number"),
        ("thresholds.yaml", "value: 0.43", "value: true", "value: Input should be a valid number"),
        ("thresholds.yaml", "value: 0.43", "value: .inf", "value: Input should be a finite number"),
        ("faces.yaml", "optional: [kyc]", "optional: [kyc, p2p]", "is optional for 'p2p', to which it does not apply"),
        ("faces.yaml", "{face.similarity: 0.7}", "{face.similarity: high}", "gives face.similarity the value 'high'"),
        ("faces.yaml", "{face.similarity: 0.7}", "{face.similarity: 7}", "gives face.similarity the value 7"),
        ("faces.yaml", "{face.similarity: 0.7}", "{face.similarity: true}", "gives face.similarity the value True"),
        ("faces.yaml", "liveness.verdict: attack", "liveness.verdict: fake", "gives liveness.verdict the value 'fake'"),
        ("evidence.yaml", "- document.file", "- document.read", "'document.read' appears 2 times"),
        ("evidence.yaml", "missing: forgery.", "missing: face.", "missing 'face.' is already defined at evidence"),
    ],
)
def test_a_mistake_is_found_by_file(folder: Path, name: str, old: str, new: str, what: str) -> None:
    edit(folder, name, old, new)
    assert any(what in problem.what for problem in found(folder))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("links.yaml", "when: address.accounts_sharing >= 2", "when: address.accounts >= 2"),
        ("p2p.yaml", "severity: mitigating", "severity: grave"),
        ("dispositions.yaml", "when: suspicious > mitigating", "when: suspicious > mitigation"),
        ("evidence.yaml", "missing: forgery.", "missing: forging."),
        ("faces.yaml", "effective: 2025-01-01", "effective: 2025-02-29"),
        ("faces.yaml", 'says: "The selfie clearly', 'says: "The \\u202Eselfie clearly'),
        ("faces.yaml", "title: Selfie does not", "title: Selfie\u2066 does not"),
        ("capture.yaml", 'customer_text: "Please', 'customer_text: "\\e[31mPlease'),
        ("dispositions.yaml", "why: A listed person", "why: A\u200b listed person"),
        ("faces.yaml", "cases: [kyc]", "cases: !!set {kyc}"),
        ("faces.yaml", "- id: FACE-01", "- !!set {a, b}\n- id: FACE-01"),
        ("faces.yaml", "- id: FACE-01", "- [FACE-00]\n- id: FACE-01"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, name: str, old: str, new: str) -> None:
    line = edit(folder, name, old, new)
    (problem,) = found(folder)
    assert problem.where == f"{name}:{line}"


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        (
            "faces.yaml",
            "effective: 2025-01-01",
            "effective: 01.01.2026",
            "effective: '01.01.2026' is not written as a day; write a day as 2026-01-31",
        ),
        (
            "faces.yaml",
            "effective: 2025-01-01",
            "effective: 20250101",
            "effective: Input should be a valid string; write a day as 2026-01-31",
        ),
        ("faces.yaml", "says:", "say:", "unknown key 'say'; did you mean 'says'?"),
        ("faces.yaml", "severity:", "Severity:", "unknown key 'Severity'; did you mean 'severity'?"),
        ("faces.yaml", "effective:", "expire: 2027-01-01", "unknown key 'expire'; did you mean 'expires'?"),
        ("evidence.yaml", "case: kyc", "cases: kyc", "unknown key 'cases'; did you mean 'case'?"),
        ("evidence.yaml", "missing: forgery.", "colour: red", "unknown key 'colour'; use only missing, then, why"),
        ("thresholds.yaml", "value: 0.43", "values: 0.43", "unknown key 'values'; did you mean 'value'?"),
    ],
)
def test_a_mistake_in_an_entry_is_told_with_what_was_meant(
    folder: Path, name: str, old: str, new: str, what: str
) -> None:
    line = edit(folder, name, old, new)
    assert Problem(f"{name}:{line}", what) in found(folder)


def test_a_misspelt_key_of_an_example_is_told_with_what_was_meant(folder: Path) -> None:
    (folder / "new.yaml").write_text(NEW_RULE)
    line = edit(folder, "new.yaml", "expect:", "expects:")
    assert found(folder) == (Problem(f"new.yaml:{line}", "unknown key 'examples.0.expects'; did you mean 'expect'?"),)


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_a_file_in_another_encoding_is_told_in_one_line(folder: Path, breaks: str) -> None:
    line = edit(folder, "faces.yaml", "title: Selfie does not", "title: Sélfie does not")
    text = (folder / "faces.yaml").read_text().replace("\n", breaks)
    (folder / "faces.yaml").write_bytes(text.encode("latin-1"))
    assert found(folder) == (Problem(f"faces.yaml:{line}", "is not text in UTF-8; save it as UTF-8"),)


def test_a_character_that_yaml_does_not_take_is_told_in_one_line_where_it_stands(folder: Path) -> None:
    line = edit(folder, "faces.yaml", "title: Selfie does not", "title: Sélfie\x1b does not")
    (problem,) = found(folder)
    assert problem.where == f"faces.yaml:{line}"
    assert problem.what == "control characters are not allowed; write plain lists, mappings and text"


def test_every_entry_that_does_not_load_is_told_at_once(folder: Path) -> None:
    edit(folder, "faces.yaml", "severity: mitigating", "severity: grave")
    edit(folder, "links.yaml", "device.emulator\n", "device.emulator and\n")
    assert [problem.where.split(":")[0] for problem in found(folder)] == ["faces.yaml", "links.yaml"]


def test_a_folder_that_does_not_read_is_one_problem(folder: Path) -> None:
    (folder / "faces.yaml").write_text("- id: [\n")
    (problem,) = found(folder)
    assert problem.where.startswith("faces.yaml:")
    (folder / "evidence.yaml").unlink()
    (problem,) = found(folder)
    assert "has no evidence.yaml" in problem.what


def test_an_example_that_comes_out_otherwise_is_told(folder: Path) -> None:
    edit(folder, "faces.yaml", "{face.similarity: 0.7}, expect: true", "{face.similarity: 0.45}, expect: true")
    (failed,) = failed_examples(load_policy(folder), fact_specs())
    assert (failed.rule, failed.number, failed.expected, failed.found) == ("FACE-01", 1, "true", "false")


def test_an_example_that_no_tool_could_tell_has_failed(folder: Path) -> None:
    edit(folder, "faces.yaml", "{face.similarity: 0.7}, expect: true", "{face.similarity: high}, expect: unknown")
    (failed,) = failed_examples(load_policy(folder), fact_specs())
    assert (failed.rule, failed.number) == ("FACE-01", 1)
    assert failed.found == "nothing, as it gives face.similarity the value 'high', which it cannot have"
    edit(folder, "faces.yaml", 'liveness.verdict == "attack"', "liveness.verdict < 3")
    with pytest.raises(PolicyError, match=r"liveness\.verdict is a category and has no order"):
        failed_examples(load_policy(folder), fact_specs())


def test_a_row_that_only_an_expired_rule_led_to_is_told(folder: Path) -> None:
    (folder / "new.yaml").write_text(NEW_RULE)
    edit(folder, "dispositions.yaml", "- id: clean", f"{NEW_ROW}- id: clean")
    assert found(folder) == ()
    edit(folder, "new.yaml", "effective: 2025-01-01", "effective: 2025-01-01\n  expires: 2026-12-01")
    assert found(folder, "2026-11-30") == ()
    (problem,) = found(folder, "2026-12-01")
    assert problem.what == "new: no case can reach this row; NEW-01 expired on 2026-12-01"
    edit(folder, "new.yaml", "  expires: 2026-12-01", "  expires: 2028-01-01")
    edit(folder, "new.yaml", "effective: 2025-01-01", "effective: 2027-01-01")
    assert found(folder) == ()


def test_a_row_that_counts_rules_of_different_times_is_told(folder: Path) -> None:
    (folder / "new.yaml").write_text(NEW_RULE.replace("2025-01-01", "2025-01-01\n  expires: 2027-01-01"))
    later = NEW_RULE.replace("NEW-01", "NEW-02").replace("NEW_", "LATER_").replace("2025-01-01", "2027-01-01")
    (folder / "later.yaml").write_text(later)
    edit(
        folder,
        "dispositions.yaml",
        "- id: clean",
        NEW_ROW.replace('"NEW-01")', '"NEW-01") and fired("NEW-02")') + "- id: clean",
    )
    assert [problem.what for problem in found(folder)] == ["new: no case can reach this row"]


def test_a_case_type_without_a_rule_is_told_with_the_day(folder: Path) -> None:
    (what,) = {problem.what for problem in found(folder, "2024-12-31") if "'p2p'" in problem.what}
    assert what == "no rule applies to case type 'p2p' on 2024-12-31"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("face_mismatch", "0.60", "face_mismatch 0.6 lies above the match threshold face_match 0.43"),
        ("face_match", "43", "face_match is 43, and the similarity of faces goes from -1 to 1"),
        ("face_mismatch", "-1.5", "face_mismatch is -1.5"),
    ],
)
def test_face_thresholds_that_no_comparison_takes_are_told(folder: Path, name: str, value: str, told: str) -> None:
    old = {"face_match": "0.43", "face_mismatch": "0.28"}[name]
    edit(folder, "thresholds.yaml", f"name: {name}\n  value: {old}", f"name: {name}\n  value: {value}")
    (problem,) = found(folder)
    assert problem.where.startswith("thresholds.yaml:")
    assert told in problem.what


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("household_share", "0.50", "50", "is 50, and a share lies in [0, 1]; write 0.5"),
        ("household_share", "0.50", "-0.5", "is -0.5, and a share lies in [0, 1]; write a number from 0 to 1"),
        ("household_share", "0.50", "500", "is 500, and a share lies in [0, 1]; write a number from 0 to 1"),
        (
            "recapture",
            "0.70",
            "70",
            "is 70, and forgery.recapture, which is compared with it, lies in [0, 1]; write 0.7",
        ),
    ],
)
def test_a_threshold_that_its_fact_cannot_reach_is_told_where_it_stands(
    folder: Path, name: str, old: str, new: str, told: str
) -> None:
    line = edit(folder, "thresholds.yaml", f"name: {name}\n  value: {old}", f"name: {name}\n  value: {new}")
    assert found(folder) == (Problem(f"thresholds.yaml:{line + 1}", f"threshold {name!r} {told}"),)


@pytest.mark.parametrize("value", ["0", "1"])
def test_a_share_may_lie_at_either_end(folder: Path, value: str) -> None:
    edit(folder, "thresholds.yaml", "name: emptied_share\n  value: 0.50", f"name: emptied_share\n  value: {value}")
    assert not [problem for problem in found(folder) if problem.where.startswith("thresholds.yaml")]


def _join(folder: Path, rules: int) -> None:
    """Own rules that join facts of several sources, as many as a team has after a year."""
    specs = [each for each in fact_specs().values() if each.kind in {"count", "number"} and each.high is None]
    names = [each.name for each in specs if each.least is None and each.most is None]
    pairs = [(names[n % len(names)], names[(n * 7 + 3) % len(names)]) for n in range(2 * rules)]
    wanted = [pair for pair in pairs if pair[0] != pair[1]][:rules]
    text = "".join(
        JOINED.format(
            number=number,
            first=first,
            second=second,
            severity=("suspicious", "adverse", "mitigating")[number % 3],
            group=("identity", "payments", "network")[number // 3 % 3],
        )
        for number, (first, second) in enumerate(wanted, 10)
    )
    (folder / "joined.yaml").write_text(text)


def test_a_policy_with_many_own_rules_is_still_looked_through(folder: Path) -> None:
    _join(folder, 60)
    assert lint(folder, all_tools(), TODAY) == Linted(())


def test_rows_that_are_too_much_to_look_through_are_no_problem_and_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "STATES", 3)
    told = lint(folder, all_tools(), TODAY)
    assert told.problems == ()
    assert told.untried
    assert {*told.untried} < {row.id for row in POLICY.rows}
    edit(folder, "links.yaml", "address.accounts_sharing >= 2", "address.accounts_sharing >= 0")
    assert any("always fires" in problem.what for problem in found(folder))


@pytest.mark.parametrize("case_type", ["transactions", "p2p", "ring"])
def test_the_rows_that_are_reached_are_those_of_the_whole_diagram(case_type: CaseType) -> None:
    ids, specs = tuple(rule.id for rule in POLICY.active(case_type, TODAY)), fact_specs()
    read = tuple(specs[name] for name in policy_facts(POLICY, ids))
    table = disposition_table(POLICY, ids, read, by_row=True)
    view = table.view(table.nodes([None] * len(table.facts)))
    assert table.reached(view, (), reach.STATES).ends == {*table.answer(view).ends}
