"""Documents and portraits that accounts share, worked out by hand."""

import json
from datetime import date

import pytest


def test_shared_documents_by_number_and_by_picture(exchange, ask):
    mine = 0xF0F0_F0F0
    usual = {"submitted_at": exchange.ago(days=1), "document_country": "UTO"}
    exchange.add("kyc_submissions", customer_id="C1", document_number="ab-12 34", image_hash=mine, **usual)
    exchange.add("kyc_submissions", customer_id="twin", document_number="AB1234", image_hash=(1 << 64) - 1, **usual)
    exchange.add("kyc_submissions", customer_id="near", document_number="N1", image_hash=mine ^ 0b111_111, **usual)
    exchange.add("kyc_submissions", customer_id="far", document_number="N2", image_hash=mine ^ 0b1_111_111, **usual)
    found = ask("shared_documents")
    assert found.facts == {
        "document.accounts_sharing_number": 1,
        "document.accounts_sharing_number_abroad": 0,
        "document.accounts_sharing_template": 1,
    }
    edges = json.loads(found.exhibits[0].content)["edges"]
    assert [edge[2] for edge in edges] == ["same document picture", "same document number"]
    assert {edge[0] for edge in edges} == {"customer:C1"}, "the page draws the ring around the first node"


def test_without_a_submission_documents_cannot_be_compared(ask):
    found = ask("shared_documents")
    assert found.facts == {}
    assert len(found.notes) == 3


def test_one_submission_does_not_speak_for_another(exchange, ask):
    """What is found of the others is told; where nothing is found, what could not be looked for may be there."""
    whole = {"document_number": "AB1", "document_country": "UTO", "image_hash": 0xF0F0_F0F0, "portrait_hash": 0x0F}
    blank = {"document_number": "--", "document_country": "UTO", "image_hash": None, "portrait_hash": None}
    for cells in (whole, blank):
        exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=2), **cells)
    assert ask("shared_documents").facts == ask("shared_portraits").facts == {}
    for number in range(3):
        told = ask("shared_documents").facts | ask("shared_portraits").facts
        assert not {"document.accounts_sharing_template", "document.accounts_sharing_number_abroad"} & set(told)
        assert set(told.values()) <= {number}
        exchange.add("kyc_submissions", customer_id=f"twin {number}", submitted_at=exchange.ago(days=2), **whole)
    told = ask("shared_documents").facts | ask("shared_portraits").facts
    assert (len(told), set(told.values())) == (3, {3})


ANOTHER = {"declared_name": "Ann Other", "declared_birth_date": date(1980, 1, 1)}


"""Who shares neither name nor birth date with those that the exchange adds without."""


@pytest.mark.parametrize(("mine", "theirs"), [(None, "UTO"), ("", "UTO"), ("UTO", None), ("UTO", "ABW")])
def test_a_number_of_no_known_country_may_be_the_same_document(exchange, ask, mine, theirs):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": "AB1", "image_hash": 0xF0F0}
    exchange.add("kyc_submissions", customer_id="C1", document_country=mine, **usual)
    assert ask("shared_documents").facts["document.accounts_sharing_number"] == 0
    exchange.add("kyc_submissions", customer_id="twin", document_country=theirs, **usual | ANOTHER)
    told = ask("shared_documents").facts.get("document.accounts_sharing_number")
    assert told == (0 if mine and theirs else None)


@pytest.mark.parametrize(
    ("mine", "theirs", "shared"),
    [
        ("K1O045I7", "kl0045-17", 0),
        ("K1O045I7", "k10045-17", 1),
        ("Ｋ１２３４０", "K12340", 1),
        ("K12340", "K١٢٣٤٠", 1),
        ("АК123450", "AK123450", 1),
        ("ЖК123450", "123450", None),
        ("ЖК123450", "ЖК 123450", 1),
        ("N/A", "N/A", None),
        ("unknown", "unknown", None),
        ("000000", "000000", None),
        ("XXXX", "XXXX", None),
        ("123456789", "123456789", None),
        ("１２３４５６７", "１２３４５６７", None),
        ("1234560", "1234560", 1),
    ],
)
def test_a_document_number_is_the_same_however_its_signs_are_written(exchange, ask, mine, theirs, shared):
    usual = {"submitted_at": exchange.ago(days=1), "document_country": "UTO"}
    exchange.add("kyc_submissions", customer_id="C1", document_number=mine, **usual)
    exchange.add("kyc_submissions", customer_id="other", document_number=theirs, **usual)
    assert ask("shared_documents").facts.get("document.accounts_sharing_number") == shared


NAMESAKE = {"declared_name": "Anna-Maria O'Example"}


@pytest.mark.parametrize(
    ("number", "other", "shared", "abroad"),
    [
        ("K12345670", ANOTHER, 0, 1),
        ("K1234567", ANOTHER, 0, 0),
        ("K1234567", ANOTHER | NAMESAKE, 1, 0),
        ("K1234567", {"declared_name": "Ann Other"}, 1, 0),
        ("K12345670", ANOTHER | {"declared_birth_date": None}, None, None),
        ("K12345670", ANOTHER | {"declared_name": " "}, None, None),
    ],
)
def test_a_number_of_two_countries_is_one_document_in_one_name_and_else_may_be_chance(
    exchange, ask, number, other, shared, abroad
):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": number}
    exchange.add(
        "kyc_submissions", customer_id="C1", document_country="DEU", **usual, declared_name="ANNA MARIA OEXAMPLE"
    )
    exchange.add("kyc_submissions", customer_id="other", document_country="AUT", **usual | other)
    found = ask("shared_documents")
    assert found.facts.get("document.accounts_sharing_number") == shared
    assert found.facts.get("document.accounts_sharing_number_abroad") == abroad
    exchange.add("kyc_submissions", customer_id="third", document_country="AUT", **usual | ANOTHER)
    assert ask("shared_documents").facts.get("document.accounts_sharing_number_abroad") == (
        (abroad or 0) + 1 if len(number) == 9 else abroad
    )


def test_a_picture_whose_hash_is_nought_is_nobodys(exchange, ask):
    nought = {"submitted_at": exchange.ago(days=1), "image_hash": 0, "portrait_hash": 0}
    for who in ("C1", "other"):
        exchange.add("kyc_submissions", customer_id=who, **nought)
    told = ask("shared_documents").facts | ask("shared_portraits").facts
    assert not {"document.accounts_sharing_template", "document.accounts_sharing_portrait"} & set(told)


def test_shared_portraits_by_hash(exchange, ask):
    mine = 0b1111_0000
    usual = {"submitted_at": exchange.ago(days=1)}
    exchange.add("kyc_submissions", customer_id="C1", portrait_hash=mine, **usual)
    exchange.add("kyc_submissions", customer_id="near", portrait_hash=mine ^ 0b111_111, **usual)
    exchange.add("kyc_submissions", customer_id="far", portrait_hash=mine ^ 0b1_111_111_0000, **usual)
    exchange.add("kyc_submissions", customer_id="bare", portrait_hash=None, **usual)
    exchange.add("kyc_submissions", customer_id="later", portrait_hash=mine, submitted_at=exchange.ago(days=-1))
    found = ask("shared_portraits")
    assert found.facts == {"document.accounts_sharing_portrait": 1}
    graph = json.loads(found.exhibits[0].content)
    assert graph["edges"] == [["customer:C1", "customer:near", "same portrait on the document"]]
    assert graph["nodes"][0]["label"] == "C1"
    assert ask("shared_portraits", distance=7).facts == {"document.accounts_sharing_portrait": 2}


def test_without_the_hash_of_a_portrait_none_can_be_found_again(exchange, ask):
    exchange.add("kyc_submissions", customer_id="C1", portrait_hash=None, submitted_at=exchange.ago(days=1))
    found = ask("shared_portraits")
    assert (found.facts, len(found.notes)) == ({}, 1)


@pytest.mark.parametrize(("theirs", "shared"), [("DEU", 1), ("D", 1), ("de", 1), ("FRA", 0), ("Germany", None)])
def test_a_document_number_is_of_a_country_however_that_is_written(exchange, ask, theirs, shared):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": "N-1"}
    exchange.add("kyc_submissions", customer_id="C1", document_country="DEU", image_hash=(1 << 32) - 1, **usual)
    other = usual | ANOTHER | {"document_country": theirs, "image_hash": (1 << 64) - 1}
    exchange.add("kyc_submissions", customer_id="other", **other)
    found = ask("shared_documents")
    assert found.facts.get("document.accounts_sharing_number") == shared
    assert len(found.exhibits) == bool(shared)
