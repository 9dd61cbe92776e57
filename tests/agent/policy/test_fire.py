"""Loading the policy, and firing it on ledgers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.errors import PolicyError
from agent.policy.domain import Domain, admit, describe, misfit
from agent.policy.expression import Compare
from agent.policy.files import PACKAGED, read_folder
from agent.policy.fire import fire, observe
from agent.policy.model import Policy, face_fault, load_policy
from tools.evidence import Evidence, Fact, FactSpec, Ledger, Provenance, Unavailable, Value
from tools.registry import all_tools, fact_specs

DAY = "2026-06-01T12:00:00Z"
POLICY = load_policy()


def ledger(**told: dict[str, Value] | str) -> Ledger:
    """One entry a tool, `sql__x` for `sql.x`: its facts, or why it failed."""
    made = Ledger()
    for name, facts in told.items():
        tool = name.replace("__", ".")
        source = Provenance(tool=tool, version="1")
        if isinstance(facts, str):
            made = made.append(Unavailable(id=made.next_id, tool=tool, reason=facts, provenance=source))
        else:
            known = tuple(Fact(name=key, value=value) for key, value in facts.items())
            made = made.append(Evidence(id=made.next_id, tool=tool, trust="recorded", facts=known, provenance=source))
    return made


def fired(case_type: str, made: Ledger, policy: Policy = POLICY) -> set[str]:
    return {each.rule for each in fire(policy, case_type, DAY, made, fact_specs()).findings}  # type: ignore[arg-type]


def test_a_finding_carries_its_text_references_and_trace() -> None:
    made = ledger(face__match={"face.similarity": 0.21, "face.quality": 0.8})
    (found,) = fire(POLICY, "kyc", DAY, made, fact_specs()).findings
    assert (found.rule, found.reason_code, found.severity) == ("FACE-02", "FACE_MISMATCH", "adverse")
    assert found.text == "The selfie and the document portrait differ: similarity 0.21 at quality 0.80."
    assert found.references == ("E1.face.similarity", "E1.face.quality")
    below = found.trace[0]
    assert (below.threshold_name, below.threshold, below.truth) == ("face_mismatch", 0.28, "true")
    assert below.distance == pytest.approx(-0.07)


def test_half_a_threshold_does_not_bear_its_name() -> None:
    policy = POLICY.model_copy(update={"rules": tuple(each for each in POLICY.rules if "share / 2" in each.when)})
    leaves = [
        leaf for trace in fire(policy, "transactions", DAY, ledger(), fact_specs()).traces for leaf in trace.leaves
    ]
    told = {(leaf.threshold, leaf.threshold_name) for leaf in leaves if leaf.fact == "flow.passthrough_share"}
    assert told == {(0.4, ""), (0.8, "passthrough_share")}


def test_the_trace_tells_why_a_rule_did_not_fire() -> None:
    traces = {each.rule: each for each in fire(POLICY, "kyc", DAY, ledger(), fact_specs()).traces}
    assert traces["FACE-02"].truth == "unknown"
    assert [leaf.value for leaf in traces["FACE-02"].leaves] == [None, None]
    made = ledger(face__match={"face.similarity": 0.7})
    (why,) = (t for t in fire(POLICY, "kyc", DAY, made, fact_specs()).traces if t.rule == "FACE-02")
    assert why.truth == "false"
    assert [leaf.truth for leaf in why.leaves] == ["false", "unknown"]


def test_what_is_always_true_fires_and_points_at_nothing() -> None:
    says = "{threshold.minimum_age}, {threshold.nowhere}."
    changes = {"cases": (), "when": "true or face.similarity < 0.5", "says": says}
    rule = POLICY.rules[0].model_copy(update=changes)
    firing = fire(POLICY.model_copy(update={"rules": (rule,)}), "kyc", DAY, ledger(), fact_specs())
    (found,) = firing.findings
    assert found.text == "18 years, unknown."
    assert (found.references, [leaf.fact for leaf in found.trace]) == ((), ["face.similarity"])
    assert firing.traces[0].leaves == found.trace


def test_a_copy_of_the_document_photograph_speaks_for_nobody() -> None:
    told: dict[str, Value] = {"face.similarity": 0.99, "face.quality": 0.9}
    assert fired("kyc", ledger(face__match=told)) == {"FACE-01"}
    assert fired("kyc", ledger(face__match=told | {"face.shared_detail": 0.5})) == {"FACE-01"}
    assert fired("kyc", ledger(face__match=told | {"face.shared_detail": 0.99})) == {"FACE-06"}


def test_rules_apply_by_case_type_and_day() -> None:
    made = ledger(face__match={"face.similarity": 0.1, "face.quality": 0.9})
    assert fired("kyc", made) == {"FACE-02"}
    assert fired("p2p", made) == set()
    assert fire(POLICY, "kyc", "2024-12-31", made, fact_specs()).findings == ()
    rule = POLICY.rules[0].model_copy(update={"cases": (), "expires": "2025-06-01"})
    assert [rule.applies("kyc", day) for day in ("2025-05-31T23:59:59Z", "2025-06-01")] == [True, False]


def test_the_last_answer_stands_and_a_malformed_one_leaves_the_fact_unknown() -> None:
    first = Fact(name="face.similarity", value=0.1)
    entries = []
    for number, value in enumerate((0.1, 0.9, "0.9"), start=1):
        fact = first.model_copy(update={"value": value})
        source = Provenance(tool="face.match", version="1")
        entries.append(Evidence(id=f"E{number}", tool="face.match", trust="measured", facts=(fact,), provenance=source))
    seen = observe(Ledger(entries=tuple(entries[:2])), fact_specs())
    assert (seen.values["face.similarity"], seen.reference("face.similarity")) == (0.9, "E2.face.similarity")
    assert "face.similarity" not in observe(Ledger(entries=tuple(entries)), fact_specs()).values


@pytest.mark.parametrize(("counted", "truth"), [(0, "false"), (1, "unknown"), (None, "unknown"), (False, "unknown")])
def test_there_is_none_only_where_it_was_counted(counted: Value | None, truth: str) -> None:
    """A login and a withdrawal without a device may be a takeover; no withdrawal at all is none."""
    told: dict[str, Value] = {"takeover.new_address": True, "takeover.reset_before_withdrawal": True}
    told |= {} if counted is None else {"takeover.new_device_withdrawals": counted}
    seen = fire(POLICY, "account_takeover", DAY, ledger(sql__new_device_withdrawal=told), fact_specs())
    assert {t.rule: t.truth for t in seen.traces}["ATO-01"] == truth


@pytest.mark.parametrize(("counted", "hours"), [(0, {"takeover.hours_from_new_device": None}), (1, {})])
@pytest.mark.parametrize("before", [{"takeover.hours_from_new_device": 3.0}, {}])
def test_a_later_count_takes_back_what_an_earlier_answer_said(
    before: dict[str, Value], counted: int, hours: dict[str, None]
) -> None:
    earlier = {"takeover.new_device_withdrawals": 1 if before else 0} | before
    again = {"takeover.new_device_withdrawals": counted}
    assert observe(ledger(sql__first=earlier, sql__again=again), fact_specs()).values == again | hours


def test_what_was_told_is_not_none_whatever_was_counted() -> None:
    told: dict[str, Value] = {"takeover.new_device_withdrawals": 0, "takeover.hours_from_new_device": "soon"}
    values = observe(ledger(sql__new_device_withdrawal=told), fact_specs()).values
    assert values == {"takeover.new_device_withdrawals": 0}
    told["takeover.hours_from_new_device"] = 3.0
    assert observe(ledger(sql__new_device_withdrawal=told), fact_specs()).values == told


@pytest.mark.parametrize(
    ("rule", "case_type", "tool", "told"),
    [
        (
            "PAY-07",
            "sanctions",
            "sql.counterparty_risk",
            {
                "counterparty.max_risk": "telling_risk",
                "counterparty.risky_usd": "telling_usd",
                "counterparty.risky_share": "telling_share",
            },
        ),
        ("PAY-15", "transactions", "sql.counterparty_risk", {"counterparty.grave_usd": "telling_grave_usd"}),
        ("ACC-01", "account_takeover", "sql.geo_velocity", {"login.max_speed_kmh": "fast_kmh"}),
        (
            "ATO-03",
            "account_takeover",
            "sql.new_device_withdrawal",
            {
                "takeover.hours_from_new_device": "soon_hours",
                "takeover.new_address": True,
                "takeover.reset_before_withdrawal": False,
            },
        ),
        ("NET-06", "ring", "sql.shared_addresses", {"address.accounts_sharing": "telling_accounts"}),
        ("DUP-02", "kyc", "sql.shared_documents", {"document.accounts_sharing_template": "telling_accounts"}),
        ("P2P-03", "p2p", "sql.p2p_disputes", {"p2p.payer_name_mismatches": "telling_orders", "p2p.disputes": 1}),
    ],
)
def test_what_is_told_of_a_part_alone_is_grave(rule: str, case_type: str, tool: str, told: dict[str, Value]) -> None:
    """Where a query tells what it knows although not all is known, a rule holds for it: else missing would be clean."""
    defaults = all_tools()[tool].arguments().model_dump()
    facts = {name: defaults.get(value, value) for name, value in told.items()}
    if tool == "sql.geo_velocity":
        facts["login.max_speed_kmh"] += 0.1  # told from above this speed
    assert rule in fired(case_type, ledger(**{tool.replace(".", "__"): facts}))


@pytest.mark.parametrize("hours", [0.5, 12.0, 23.9])
@pytest.mark.parametrize("share", [0.39, 0.4, 0.79, 0.8, 1.0])
@pytest.mark.parametrize(("age", "level", "dormant"), [(40, 1, 0), (700, 2, 3), (700, 2, 200)])
def test_money_that_passes_through_is_one_finding_at_any_pace(
    hours: float, share: float, age: int, level: int, dormant: int
) -> None:
    flow: dict[str, Value] = {"flow.passthrough_share": share, "flow.in_out_hours": hours}
    account: dict[str, Value] = {"account.age_days": age, "account.kyc_level": level, "activity.dormant_days": dormant}
    made = ledger(sql__in_out_latency=flow, sql__account_age=account, sql__exposure={"exposure.volume_usd_30d": 9000.0})
    assert len(fired("transactions", made) & {"PAY-01", "PAY-02", "PAY-13"}) == (share >= 0.4)


@pytest.mark.parametrize(
    ("told", "today", "stays"),
    [
        ({"flow.deposits": 2, "flow.withdrawn_share": 0.05}, 0, True),
        ({"flow.deposits": 2, "flow.withdrawn_share": 0.05}, 1, False),
        ({"flow.deposits": 2, "flow.withdrawn_share": 0.9}, 0, False),
        ({"flow.deposits": 0}, 0, False),
    ],
)
def test_money_stays_only_where_some_came_and_little_left(told: dict[str, Value], today: int, stays: bool) -> None:
    flow = {"flow.passthrough_share": 0.0} | told
    made = ledger(sql__in_out_latency=flow, sql__velocity={"activity.withdrawals_24h": today})
    assert ("PAY-14" in fired("transactions", made)) is stays


@pytest.mark.parametrize(
    ("changes", "speaks"),
    [
        ({}, {"ACC-04", "ACC-05"}),
        ({"login.max_speed_kmh": 2400.0}, {"ACC-05"}),
        ({"takeover.new_device_withdrawals": 1}, {"ACC-05"}),
        ({"takeover.untraced_share": 0.02}, {"ACC-04", "ACC-05"}),
        ({"takeover.untraced_share": 0.3}, {"ACC-04"}),
        ({"takeover.new_address": True}, set()),
    ],
)
def test_what_speaks_for_a_traveller(changes: dict[str, Value], speaks: set[str]) -> None:
    told: dict[str, Value] = {
        "support.mentions_travel": True,
        "login.max_speed_kmh": 700.0,
        "takeover.new_device_withdrawals": 0,
        "takeover.new_address": False,
        "takeover.reset_before_withdrawal": False,
        "takeover.withdrawn_share": 0.1,
        "takeover.untraced_share": 0.0,
    }
    made = ledger(sql__new_device_withdrawal=told | changes)
    assert fired("account_takeover", made) & {"ACC-04", "ACC-05"} == speaks


@pytest.mark.parametrize(
    ("threshold", "value", "case_type"),
    [
        ("household_size", 9, "kyc"),
        ("travel_speed", 1500, "account_takeover"),
        ("new_device_hours", 24, "account_takeover"),
    ],
)
def test_a_threshold_beyond_what_is_told_of_a_part_is_refused(threshold: str, value: float, case_type: str) -> None:
    """Three of five accounts are no three: such a policy would read what is known as all there is."""
    with pytest.raises(PolicyError, match="told in part from"):
        fired(case_type, ledger(), load_policy(thresholds={threshold: value}))


def test_a_nearer_threshold_is_none_beyond() -> None:
    made = ledger(sql__shared_devices={"device.accounts_sharing": 2, "device.household_share": 0})
    assert "NET-01" in fired("kyc", made, load_policy(thresholds={"linked_accounts": 2}))


def test_thresholds_can_be_set_and_change_the_policy() -> None:
    other = load_policy(thresholds={"face_mismatch": 0.1})
    made = ledger(face__match={"face.similarity": 0.21, "face.quality": 0.8})
    assert other.sha256 != POLICY.sha256
    assert load_policy(thresholds={"face_mismatch": 0.28}).sha256 == POLICY.sha256
    assert fired("kyc", made, other) == {"FACE-03"}
    with pytest.raises(PolicyError, match="face_macth"):
        load_policy(thresholds={"face_macth": 0.3})


@pytest.mark.parametrize(
    ("match", "mismatch", "told"),
    [
        (1, 1, ""),
        (-1, -1, ""),
        (0.5, 0.4, ""),
        (1.01, 0.4, "face_match is 1.01"),
        (0.5, -1.01, "face_mismatch is -1.01"),
        (0.4, 0.5, "the mismatch threshold"),
    ],
)
def test_thresholds_of_faces_are_similarities_in_order(match: float, mismatch: float, told: str) -> None:
    assert face_fault({"face_match": match, "face_mismatch": mismatch}).startswith(told)
    assert bool(face_fault({"face_match": match, "face_mismatch": mismatch})) is bool(told)


def test_a_policy_reads_back_from_json() -> None:
    again = Policy.from_json(POLICY.to_json())
    assert again == POLICY
    assert again.sha256 == POLICY.sha256
    with pytest.raises(PolicyError):
        Policy.from_json('{"rules": []}')


def test_a_changed_copy_is_another_policy() -> None:
    fewer = POLICY.model_copy(update={"rows": POLICY.rows[1:]})
    assert POLICY.model_copy() == POLICY
    assert fewer != POLICY
    assert fewer.sha256 != POLICY.sha256
    assert len(fewer.table) == len(POLICY.table) - 1


def test_a_rule_on_a_fact_that_no_tool_declares_stops_the_review() -> None:
    some = {name: spec for name, spec in fact_specs().items() if name != "face.similarity"}
    with pytest.raises(PolicyError, match=r"face\.similarity"):
        fire(POLICY, "kyc", DAY, ledger(), some)


def test_the_plan_names_tools_that_exist() -> None:
    assert set(POLICY.mandatory("kyc")) <= set(all_tools())
    assert "document.read" in POLICY.mandatory("kyc")
    assert POLICY.mandatory("p2p")[0] == "sql.p2p_disputes"
    assert POLICY.model_copy(update={"requirements": ()}).mandatory("kyc") == ()
    assert POLICY.gap("face.similarity").then == "request_resubmission"
    assert POLICY.gap("account.age_days").then == "escalate"
    assert POLICY.gap("document.accounts_sharing_number").then == "escalate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGED, tmp_path / "policy"))


@pytest.mark.parametrize("written", ["0365", "6:05", "0o555", "0x16d", "-007", "6:05.5"])
def test_a_number_that_two_readers_take_for_two_is_refused(folder: Path, written: str) -> None:
    path = folder / "thresholds.yaml"
    path.write_text(path.read_text().replace("value: 365", f"value: {written}", 1))
    with pytest.raises(PolicyError, match=r"thresholds.yaml:\d+: "):
        load_policy(folder)


@pytest.mark.parametrize(
    ("written", "value"), [("365", 365), ("3.65e+2", 365), ("+1_000", 1000), ("0.5", 0.5), (".5", 0.5)]
)
def test_a_plain_number_is_itself(folder: Path, written: str, value: float) -> None:
    path = folder / "thresholds.yaml"
    path.write_text(path.read_text().replace("value: 365", f"value: {written}", 1))
    assert load_policy(folder).values["established_days"] == value


@pytest.mark.parametrize("name", ["extra.yml", "extra.YAML", "extra.Yml", "own/extra.yaml"])
def test_a_file_that_would_not_be_read_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("- {id: X-01}\n")
    with pytest.raises(PolicyError, match=rf"{name} of .* is not read; name it \*.yaml"):
        load_policy(folder)


def test_what_nobody_takes_for_a_rule_is_let_be(folder: Path) -> None:
    (folder / ".github").mkdir()
    for name in (".github/check.yml", "own.yaml.bak", "own.yaml~"):
        (folder / name).write_text("on: push\n")
    assert load_policy(folder) == load_policy()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("severity: mitigating", "severity: grave", "faces.yaml:7: severity"),
        ("threshold.face_match + (1", "threshold.nowhere + (1", "faces.yaml:6: threshold 'nowhere'"),
        ("  owner: kyc-policy\n", "", "faces.yaml:2: owner"),
        ("  title: Selfie clearly", "  id: X-01\n  title: Selfie clearly", "faces.yaml:4: key 'id' appears twice"),
        ("effective: 2025-01-01", "effective: [", "faces.yaml:"),
        ("title: Selfie clearly", "title: &a Selfie clearly\n  owner: *a", "faces.yaml:5: aliases are not allowed"),
        ("title: Selfie clearly", f"title: {'[' * 100_000}", "faces.yaml:4: nested deeper than 20 levels"),
    ],
)
def test_what_does_not_load_is_named_by_file_and_line(folder: Path, old: str, new: str, where: str) -> None:
    path = folder / "faces.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PolicyError) as refused:
        load_policy(folder)
    assert refused.value.what.startswith(where)


def test_a_row_that_does_not_read_is_named_by_file_and_line(folder: Path) -> None:
    path = folder / "dispositions.yaml"
    path.write_text(path.read_text().replace("when: ", "when: 1 < 2 and ", 1))
    with pytest.raises(PolicyError, match=r"^dispositions\.yaml:\d+: '1' does not count findings"):
        load_policy(folder)


def test_a_folder_without_a_table_is_refused(folder: Path) -> None:
    (folder / "evidence.yaml").unlink()
    with pytest.raises(PolicyError, match=r"no evidence\.yaml"):
        read_folder(folder)
    (folder / "evidence.yaml").write_text("case: kyc\n")
    with pytest.raises(PolicyError, match=r"evidence\.yaml:1: is not a list"):
        read_folder(folder)
    (folder / "evidence.yaml").write_text("- kyc\n")
    with pytest.raises(PolicyError, match=r"evidence\.yaml:1: is not a mapping"):
        read_folder(folder)


SHARE = FactSpec(name="a.share", kind="number", meaning="m", low=0, high=1)
COUNT = FactSpec(name="a.count", kind="count", meaning="m", low=0)
KIND = FactSpec(name="a.kind", kind="category", meaning="m", choices=("match", "partial", "mismatch"))
HOURS = FactSpec(name="a.hours", kind="number", meaning="m", none_where="a.count")
FLAG = FactSpec(name="a.flag", kind="flag", meaning="m")
WORD = FactSpec(name="a.word", kind="text", meaning="m")


@pytest.mark.parametrize(
    ("spec", "compares", "words"),
    [
        (SHARE, [("<", 0.8)], ["below 0.80", "0.80 or more"]),
        (SHARE, [("<=", 0.8), ("<", 0.2)], ["below 0.20", "from 0.20 to 0.80", "above 0.80"]),
        (SHARE, [("==", 0.5)], ["below 0.50 or above 0.50", "exactly 0.50"]),
        (SHARE, [("==", 0)], ["exactly 0.00", "above 0.00"]),
        (SHARE, [("<", 1)], ["below 1.00", "exactly 1.00"]),
        (COUNT, [(">=", 3)], ["2 or fewer", "3 or more"]),
        (COUNT, [(">=", 1), (">=", 3)], ["exactly 0", "from 1 to 2", "3 or more"]),
        (COUNT, [(">", 1.5)], ["1 or fewer", "2 or more"]),
        (COUNT, [("<", 0)], ["anything"]),
        (SHARE, [("<", 0.2), ("<", 0.8)], ["below 0.20", "from 0.20 to below 0.80", "0.80 or more"]),
        (SHARE, [("<=", 0.2), ("<", 0.8)], ["0.20 or less", "above 0.20 to below 0.80", "0.80 or more"]),
        (COUNT, [("<", 2.5), (">", 2.7)], ["2 or fewer", "3 or more"]),
        (HOURS, [("<=", 5)], ["5.00 or less", "above 5.00 or none"]),
        (HOURS, [(">", -5), ("<=", 2)], ["-5.00 or less", "above -5.00 to 2.00", "above 2.00", "none"]),
        (FLAG, [("==", True)], ["no", "yes"]),
        (WORD, [("in", ("x", "y")), ("==", "y")], ["x", "y", "anything else"]),
        (KIND, [("==", "match")], ["match", "partial or mismatch"]),
    ],
)
def test_cells_are_told_in_plain_words(spec: FactSpec, compares: list[tuple[str, Value]], words: list[str]) -> None:
    domain = Domain(spec, tuple(Compare(spec.name, sign, value) for sign, value in compares))  # type: ignore[arg-type]
    assert [describe(domain, [cell]) for cell in range(len(domain.cells))] == words


def test_a_value_must_be_of_its_kind() -> None:
    assert admit(True, COUNT) is None
    assert admit(2.5, COUNT) is None
    assert admit("3", SHARE) is None
    assert admit(1.0000001, SHARE) == 1
    assert admit("other", KIND) is None
    assert misfit(Compare("a.kind", "<", "match"), KIND) == "a.kind is a category and has no order"
    assert misfit(Compare("a.kind", "==", "fine"), KIND) == "a.kind is never 'fine', only match, partial, mismatch"
    assert misfit(Compare("a.share", "==", True), SHARE) == "a.share is a number and is compared with True"
