import pytest

from tools.catalogue import load_catalogue
from tools.words import FEW, listed, strange_words


def test_strange_words_are_few_in_order_and_each_once(exchange, opened):
    for status in ("completed", None, " ", "done", "Cancelled", "done", "void", "storniert"):
        exchange.withdraw(exchange.ago(days=1), 1.0, status=status)
    exchange.withdraw(exchange.ago(days=1), 1.0, who="other", status="CANCELED")
    table = load_catalogue().table("withdrawals")
    sql = strange_words(table, table.column("status"), "customer_id = 'C1'")
    words = [row["word"] for row in opened().query(sql, {})]
    assert words == ["Cancelled", "done", "storniert"]
    assert len(words) == FEW


@pytest.mark.parametrize("word", ["CANCELLED", "pwd-reset", "2fa_off", "17", "zurückgezogen", "отменён", "v1.2"])
def test_a_code_is_shown(word):
    assert listed([word, word]) == repr(word)


@pytest.mark.parametrize(
    "word",
    ["Anna Example", "anna@example.org", "DE89370400", "+4917", "1990-05-17", "x" * 25, "a\u202eb", "<b>", "a'b"],
)
def test_what_may_be_a_name_or_a_number_of_somebody_is_not_shown(word):
    assert listed(["done", word]) == "'done', what is no code"
