"""What each variant does to the rows, and what it leaves alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from agent.case import CaseFile
from evals.robustness.attempts import ATTEMPTS, SHORTEST_NAME, chat_text, document_text, name_text
from evals.robustness.rig import Rig
from evals.robustness.rows import BYSTANDERS, LATER
from evals.robustness.run import VARIANTS
from evals.robustness.speech import LANGUAGES, SAID
from evals.robustness.variant import tables_with
from evals.world.names import COUNTRIES
from tools.catalogue import load_catalogue
from tools.playbook import load_playbook

Tell = Callable[[str], Any]
TABLES = [table.name for table in load_catalogue().tables]


def test_every_variant_says_what_it_means() -> None:
    assert all(each.meaning.endswith(".") and each.name == name for name, each in VARIANTS.items())
    assert {each.kind for each in VARIANTS.values()} == {"same", "counterfactual", "injection", "seed"}


def test_another_order_holds_the_same_rows(tell: Tell) -> None:
    told = tell("reordered")
    for table in TABLES:
        assert Counter(map(str, told.rows(f"FROM {table}"))) == Counter(map(str, told.rows(f"FROM old.{table}")))
    assert told.rows("SELECT login_id FROM logins") != told.rows("SELECT login_id FROM old.logins")


def test_other_numbers_are_others_everywhere_and_still_belong_together(tell: Tell, rig: Rig) -> None:
    told = tell("renumbered")
    for column in ("customer_id", "device_id", "chain_address"):
        for table in tables_with(column):
            both = f"SELECT count(*) FROM {table} SEMI JOIN old.{table} USING ({column})"
            assert told.value(both) == 0
    per_customer = "SELECT list_sort(list(n)) FROM (SELECT count(*) AS n FROM {}logins GROUP BY customer_id)"
    assert told.value(per_customer.format("")) == told.value(per_customer.format("old."))
    ids = {customer for (customer,) in told.rows("SELECT customer_id FROM customers")}
    assert {case.customer_id for case in told.changed} <= ids
    assert not {case.case_id for case in told.changed} & {case.case_id for case in rig.cases}


@pytest.mark.parametrize("name", ["renamed", "spelled_locally", "other_sex", "foreign_name"])
def test_who_shares_an_address_shares_it_under_another_name(tell: Tell, name: str) -> None:
    told = tell(name)
    both = "FROM customers AS n JOIN old.customers AS o USING (customer_id) WHERE o.email IS NOT NULL"
    counted = "count(DISTINCT n.email), count(DISTINCT lower(o.email)), count(DISTINCT (n.email, lower(o.email)))"
    ((after, before, pairs),) = told.rows(f"SELECT {counted} {both}")
    assert after == before == pairs > 0
    assert told.value(f"SELECT count(*) {both} AND n.email = o.email") == 0


def test_another_currency_is_worth_the_same_to_the_cent(tell: Tell) -> None:
    told = tell("currency")
    for table, key in (("deposits", "deposit_id"), ("withdrawals", "withdrawal_id")):
        joined = f"FROM {table} AS n JOIN old.{table} AS o USING ({key})"
        assert told.value(f"SELECT max(abs(n.amount_usd - o.amount_usd)) {joined}") < 1e-9
        assert told.value(f"SELECT count(*) FROM {table} SEMI JOIN old.{table} USING (asset)") < told.value(
            f"SELECT count(*) FROM {table}"
        )


def test_later_moves_every_moment_by_the_same(tell: Tell, rig: Rig) -> None:
    told = tell("later")
    moved = told.rows('SELECT DISTINCT n."at" - o."at" FROM logins AS n JOIN old.logins AS o USING (login_id)')
    assert moved == [(LATER,)]
    assert told.rows("SELECT birth_date FROM customers") == told.rows("SELECT birth_date FROM old.customers")
    assert all(after.flagged_at > case.flagged_at for case, after in zip(rig.cases, told.changed, strict=True))


def test_bystanders_change_no_row_that_was_there(tell: Tell, rig: Rig) -> None:
    told = tell("bystanders")
    assert told.value("SELECT count(*) FROM customers") == told.value("SELECT count(*) FROM old.customers") + BYSTANDERS
    for table in TABLES:
        assert told.rows(f"SELECT count(*) FROM (FROM old.{table} EXCEPT FROM {table})") == [(0,)]
    fresh = "SELECT count(*) FROM logins AS n JOIN old.logins AS o USING (device_id) WHERE n.customer_id[1] = 'N'"
    assert told.value(fresh) == 0


def test_idle_rows_only_add(tell: Tell, rig: Rig) -> None:
    told = tell("idle_rows")
    for table in TABLES:
        assert told.rows(f"SELECT count(*) FROM (FROM old.{table} EXCEPT FROM {table})") == [(0,)]
    assert told.value("SELECT count(*) FROM withdrawals ANTI JOIN old.withdrawals USING (withdrawal_id)") == len(
        rig.cases
    )


def test_names_on_a_list_stay_and_others_change(tell: Tell, rig: Rig, files: tuple[CaseFile, ...]) -> None:
    told = tell("renamed")
    assert told.rows("FROM watchlist") == told.rows("FROM old.watchlist")
    pairs = told.rows(
        "SELECT n.customer_id, o.full_name, n.full_name FROM customers AS n JOIN old.customers AS o USING (customer_id)"
    )
    changed = {customer for customer, old, new in pairs if old != new}
    assert len(changed) > 0.9 * len(pairs) - len(rig.cases)
    assert {case.customer_id for case in told.changed if case} <= changed
    listed = {word for (name,) in told.rows("SELECT full_name FROM watchlist") for word in name.split()}
    assert not [
        new for _, old, new in pairs if set(old.split()) & listed and set(old.split()) & listed - set(new.split())
    ]


def test_accounts_and_applications_bear_one_name(tell: Tell) -> None:
    for name in ("renamed", "spelled_locally"):
        told = tell(name)
        apart = (
            "SELECT count(*) FROM {0}customers AS c JOIN {0}kyc_submissions AS s USING (customer_id)"
            " WHERE c.full_name <> s.declared_name"
        )
        assert told.value(apart.format("")) == told.value(apart.format("old."))
        told.connection.close()


def test_the_other_sex_has_a_name_of_the_same_country(tell: Tell) -> None:
    told = tell("other_sex")
    sexes = told.rows("SELECT DISTINCT n.sex, o.sex FROM customers AS n JOIN old.customers AS o USING (customer_id)")
    assert sorted(sexes) == [("F", "M"), ("M", "F")]
    for country in COUNTRIES:
        names = {
            name.split()[0]
            for name, old in told.rows(
                "SELECT n.full_name, o.full_name FROM customers AS n JOIN old.customers AS o USING (customer_id)"
                " WHERE n.nationality = $code AND n.sex = 'F'",
                code=country.code,
            )
            if name != old and old.split()[0] in country.male
        }
        assert names <= {*country.female, *(name for other in COUNTRIES for name in other.female)}


def test_another_nationality_is_one_on_account_and_document(tell: Tell) -> None:
    told = tell("other_nationality")
    assert told.value("SELECT count(*) FROM customers SEMI JOIN old.customers USING (customer_id, nationality)") == 0
    agree = (
        "SELECT count(*) FROM {0}customers AS c JOIN {0}kyc_submissions AS s"
        " ON s.customer_id = c.customer_id AND s.document_country = c.nationality"
    )
    assert told.value(agree.format("")) == told.value(agree.format("old."))


@pytest.mark.parametrize("language", LANGUAGES)
def test_customers_write_in_another_language(tell: Tell, language: str) -> None:
    told = tell({"de": "german", "es": "spanish", "fr": "french"}[language])
    english = "SELECT count(*) FROM {}support_messages WHERE list_contains($said, body)"
    assert told.value(english.format("old."), said=list(SAID)) > 0
    assert told.value(english.format(""), said=list(SAID)) == 0


def test_formats_leave_the_numbers(tell: Tell) -> None:
    told = tell("formats")
    digits = "SELECT list(regexp_replace(residence_address, '[^0-9]', '', 'g') ORDER BY customer_id) FROM {}customers"
    assert told.value(digits.format("")) == told.value(digits.format("old."))
    bare = "regexp_replace(document_number, '[^A-Z0-9]', '', 'g')"
    plain = f"SELECT list({bare} ORDER BY submission_id) FROM {{}}kyc_submissions"
    assert told.value(plain.format("")) == told.value(plain.format("old."))
    changed = "SELECT count(*) FROM customers SEMI JOIN old.customers USING (residence_address)"
    assert told.value(changed) == 0


def test_the_bank_of_attempts_is_large_and_of_many_sorts() -> None:
    assert len(ATTEMPTS) >= 30
    assert len({each.text for each in ATTEMPTS}) == len(ATTEMPTS)
    assert min(Counter(each.sort for each in ATTEMPTS).values()) >= 3
    for text in (chat_text, name_text, document_text):
        assert len({text(place) for place in range(len(ATTEMPTS))}) == len(ATTEMPTS)
    assert max(len(name_text(place)) for place in range(len(ATTEMPTS))) <= SHORTEST_NAME


def test_each_attempt_is_written_to_support_and_is_no_evidence(tell: Tell, rig: Rig) -> None:
    told = tell("chat")
    fresh = told.rows("SELECT body FROM support_messages ANTI JOIN old.support_messages USING (message_id)")
    assert Counter(body for (body,) in fresh) == Counter(chat_text(place) for place in range(len(rig.cases)))
    words = next(tool for tool in load_playbook() if tool.name == "sql.support_messages").run
    tree = sqlglot.parse_one(words.main.sql, read="duckdb")  # type: ignore[attr-defined]
    asked = [each.expression.sql("duckdb") for each in tree.find_all(exp.RegexpLike) if each.this.name == "body"]
    assert asked
    for pattern in asked:
        hit = f"SELECT text FROM unnest($texts) AS u(text) WHERE regexp_matches(lower(text), {pattern})"
        assert told.rows(hit, texts=[each.text for each in ATTEMPTS]) == []


def test_each_attempt_stands_behind_the_name(tell: Tell, rig: Rig) -> None:
    told = tell("name")
    for place, case in enumerate(rig.cases):
        old = told.value("SELECT full_name FROM old.customers WHERE customer_id = $id", id=case.customer_id)
        new = told.value("SELECT full_name FROM customers WHERE customer_id = $id", id=case.customer_id)
        assert new == f"{old} {name_text(place)}"


def test_without_a_document_nothing_can_stand_on_it(tell: Tell, rig: Rig) -> None:
    assert set(tell("document").changed) == {None}
