"""Accounts of one person and of one contact, worked out by hand."""

import json
import re
from datetime import date

import pytest


def _persons(exchange, ask, mine=None, **others):
    """What is told of an account, with other accounts by their names."""
    me = {"full_name": "Ann Example", "birth_date": date(1980, 2, 3), "email": "ann@mail.example", "phone": "+49 170 1"}
    exchange.rows["customers"][-1].update(me | (mine or {}))
    exchange.rows["customers"][0].update(full_name="Z", birth_date=None, email=None, phone=None)
    for name, cells in others.items():
        empty = {"full_name": name, "birth_date": date(1971, 1, 2), "email": f"{name}@there.example", "phone": None}
        exchange.customer(name, **(empty | cells))
    return ask("same_person")


@pytest.mark.parametrize(
    ("name", "born", "same"),
    [
        ("EXAMPLE, Ánn", date(1980, 2, 3), 1),
        ("ann  example", date(1980, 2, 3), 1),
        ("Ann Example", date(1980, 2, 4), 0),
        ("Ann Example", None, 0),
        ("Ann Maria Example", date(1980, 2, 3), 0),
    ],
)
def test_one_person_has_one_name_and_one_birth_date(exchange, ask, name, born, same):
    found = _persons(exchange, ask, other={"full_name": name, "birth_date": born})
    assert found.facts["person.accounts_same"] == same
    assert found.facts["person.confirmed_fraud_same"] == 0
    assert found.facts["contact.accounts_sharing"] == 0


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        ({"email": "Ann+1@Mail.example"}, {"email": " ann+2@mail.EXAMPLE"}, 1),
        ({"email": "a.n.n@gmail.com"}, {"email": "ann+x@googlemail.com"}, 1),
        ({"email": "a.nn@mail.example"}, {"email": "ann@mail.example"}, 0),
        ({"phone": "+49 170 123-4567"}, {"phone": "0049 (0)170/1234567"}, 1),
        ({"phone": "+49 170 1234567"}, {"phone": "+49 170 1234568"}, 0),
        ({"email": "test@mail.example"}, {"email": "test@mail.example"}, 0),
        ({"phone": "000 000 000"}, {"phone": "000 000 000"}, 0),
        ({"phone": ""}, {"phone": ""}, 0),
        ({"email": "n/a", "phone": "+49 170 1234567"}, {"email": "n/a"}, 0),
    ],
)
def test_an_email_and_a_phone_have_one_spelling(exchange, ask, mine, theirs, same):
    phone = {"phone": "+49 999 1234567"} if "email" in mine else {}
    found = _persons(exchange, ask, phone | mine, other=theirs)
    assert found.facts["contact.accounts_sharing"] == same
    assert len(found.exhibits) == same


def test_fraud_of_the_same_person_and_of_contacts_is_told_apart_and_once(exchange, ask):
    twin = {"full_name": "Example Ann", "birth_date": date(1980, 2, 3), "email": "ann@mail.example"}
    friend = {"email": "ann@mail.example"}
    facts = {
        "person.accounts_same": 1,
        "person.confirmed_fraud_same": 0,
        "contact.accounts_sharing": 1,
        "contact.confirmed_fraud_sharing": 0,
    }
    exchange.add("earlier_cases", customer_id="twin", opened_at=exchange.ago(days=-1), outcome="confirmed_fraud")
    found = _persons(exchange, ask, twin=twin, friend=friend, later=friend | {"created_at": exchange.ago(days=-1)})
    assert found.facts == facts
    exchange.add("earlier_cases", customer_id="twin", opened_at=exchange.ago(days=9), outcome="confirmed_fraud")
    assert ask("same_person").facts == facts | {"person.confirmed_fraud_same": 1}
    exchange.add("earlier_cases", customer_id="friend", opened_at=exchange.ago(days=9), outcome="STORNO")
    del facts["contact.confirmed_fraud_sharing"]
    assert ask("same_person").facts == facts | {"person.confirmed_fraud_same": 1}
    exchange.rows["earlier_cases"][-1]["outcome"] = "confirmed_fraud"
    assert ask("same_person").facts["contact.confirmed_fraud_sharing"] == 1
    (graph,) = ask("same_person").exhibits
    assert {edge[1] + edge[2] for edge in json.loads(graph.content)["edges"]} == {
        "customer:twinsame name and birth date",
        "customer:friendsame e-mail or phone",
    }
    assert not {"Ann", "ann@", "170", "1980"} & set(re.findall(r"\w+@?", graph.content))


@pytest.mark.parametrize("lacking", [{"full_name": "unknown"}, {"full_name": " "}, {"birth_date": None}])
def test_without_a_name_or_a_birth_date_nobody_is_the_same(exchange, ask, lacking):
    facts = _persons(exchange, ask, lacking, other=lacking).facts
    assert facts == {"contact.accounts_sharing": 0, "contact.confirmed_fraud_sharing": 0}


@pytest.mark.parametrize("email", [None, "-", "unknown", "test@mail.example"])
def test_an_account_without_any_contact_may_share_one(exchange, ask, email):
    nothing = {"email": email, "phone": "123"}
    assert set(_persons(exchange, ask, nothing).facts) == {"person.accounts_same", "person.confirmed_fraud_same"}


def test_what_many_accounts_have_is_a_default_and_no_link(exchange, ask):
    every = {"full_name": "Ann Example", "birth_date": date(1980, 2, 3), "email": "ann@mail.example"}
    _persons(exchange, ask, a=every, b=every, c=every)
    assert ask("same_person", default_from=3).facts["person.accounts_same"] == 3
    assert ask("same_person", default_from=2).facts == {}
