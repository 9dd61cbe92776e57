import pytest

from tools.catalogue import Catalogue, Column, Table, load_catalogue
from tools.errors import WarehouseError


def test_the_packaged_catalogue_knows_owners_secrets_and_clocks():
    catalogue = load_catalogue()
    customers, watchlist = catalogue.table("customers"), catalogue.table("watchlist")
    assert customers.subject == "customer_id"
    assert watchlist.subject is None
    assert {"full_name", "email", "birth_date"}.isdisjoint(customers.open_columns)
    assert {"customer_id", "kyc_level"} <= set(customers.open_columns)
    assert (catalogue.table("kyc_submissions").clock, watchlist.clock) == ("submitted_at", None)
    assert catalogue.table("p2p_orders").owners == ("seller_id", "buyer_id")
    assert watchlist.owners == ()
    assert catalogue.table("unicorns") is None


def test_a_catalogue_survives_json():
    catalogue = load_catalogue()
    assert Catalogue.model_validate_json(catalogue.model_dump_json()) == catalogue


def test_the_subject_must_be_a_column():
    with pytest.raises(ValueError, match="subject column 'owner'"):
        Table(name="t", subject="owner", columns=(Column(name="a", type="VARCHAR"),))


def test_a_partner_is_a_column_beside_the_subject():
    columns = (Column(name="a", type="VARCHAR"), Column(name="b", type="VARCHAR"))
    with pytest.raises(ValueError, match="subject column 'c'"):
        Table(name="t", subject="a", partner="c", columns=columns)
    with pytest.raises(ValueError, match="a partner and no subject"):
        Table(name="t", partner="b", columns=columns)


@pytest.mark.parametrize(
    "odd", [{"pii": True}, {"type": "INTEGER"}, {"words": ("it's",)}, {"words": (" a",)}, {"words": ("a:b",)}]
)
def test_words_are_codes_of_a_column_of_text_that_is_nobodys(odd):
    coded = {"name": "status", "type": "VARCHAR", "words": ("done", "in progress", "zurückgezogen")}
    table = Table(name="t", columns=(Column.model_validate(coded), Column(name="free", type="VARCHAR")))
    assert [column.name for column in table.coded] == ["status"]
    with pytest.raises(ValueError, match=r"status|words"):
        Column.model_validate(coded | odd)


@pytest.mark.parametrize(
    "text",
    ["", "tables: 3", "tables: {t: {columns: {}}}", "tables: {t: {}}", "a: [", "tables: {t: {columns: {a: {typ: X}}}}"],
)
def test_a_file_that_does_not_load_is_named(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(WarehouseError, match=r"broken\.yaml"):
        load_catalogue(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WarehouseError, match=r"none\.yaml"):
        load_catalogue(tmp_path / "none.yaml")


@pytest.mark.parametrize("odd", [{"type": "VARCHAR"}, {"code": "country"}])
def test_numbers_have_bounds_and_texts_have_codes(odd):
    amount = {"name": "usd", "type": "DOUBLE", "low": 0, "high": 1e12}
    assert Column.model_validate(amount).holds == "a number from 0 to 1e+12"
    assert Column.model_validate(amount | {"high": None}).holds == "a number from 0"
    country = Column(name="country", type="VARCHAR", code="country")
    assert {"DEU", "DE", "D", "XXA"} <= set(country.codes)
    with pytest.raises(ValueError, match="usd"):
        Column.model_validate(amount | odd)
    with pytest.raises(ValueError, match="personal"):
        Column.model_validate(country.model_dump() | {"pii": True})
