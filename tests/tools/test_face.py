import json
import math
from contextlib import closing
from dataclasses import replace

import duckdb
import pytest
from measured_faces import face_bench

from tools.call import call_tool, checked_facts
from tools.errors import ToolError, WarehouseError
from tools.evidence import Unavailable
from tools.face import ReuseArguments, face_match, face_reuse
from tools.tool import NoArguments
from tools.warehouse import Warehouse
from vision.errors import BadImage


def _match(there):
    found = face_match.run(there.subject, there.sources, NoArguments())
    return {fact.name: fact.value for fact in checked_facts(face_match, found)}, found


def _reuse(there, **arguments):
    return face_reuse.run(there.subject, there.sources, ReuseArguments(**arguments))


def test_document_and_selfie_are_compared_in_this_order(desk):
    there = desk()
    facts, found = _match(there)
    assert facts == {
        "face.similarity": 0.7,
        "face.shared_detail": 0.55,
        "face.quality": 0.6,
        "face.faces_on_document": 1,
        "face.faces_on_selfie": 1,
    }
    assert there.sources.vision.seen == [b"the bytes of the document", b"the bytes of the selfie"]
    assert found.notes == ()


def test_without_a_single_face_similarity_is_unknown_and_said(desk):
    facts, found = _match(desk(similarity=None))
    assert facts == {"face.faces_on_document": 1, "face.faces_on_selfie": 2}
    assert found.roles == ("selfie",)
    unknown = ("similarity", "quality", "shared_detail")
    assert found.notes == tuple(f"face.{name}: selfie: 2 faces of comparable size" for name in unknown)


def test_rates_of_ones_own_pairs_stand_beside_the_similarity(desk):
    facts, found = _match(desk(face_rates=face_bench()))
    plain_facts, plain = _match(desk())
    assert facts == plain_facts
    assert plain.exhibits == ()
    (exhibit,) = found.exhibits
    assert exhibit.title == "What the similarity of document and selfie is worth"
    assert "62 pairs of two people" in exhibit.content
    assert _match(desk(face_rates=face_bench(), similarity=None))[1].exhibits == ()


@pytest.mark.parametrize("gone", ["document", "selfie"])
def test_a_missing_picture_is_said(desk, gone):
    there = desk(roles=tuple({"document", "selfie"} - {gone}))
    answer = call_tool(face_match, "E1", there.subject, there.sources)
    assert isinstance(answer, Unavailable)
    assert answer.reason.startswith(f"no {gone} attached")
    assert (answer.fault, answer.roles) == ("customer", (gone,))


class Picky:
    """Refuses what it was told to refuse, as a decoder does."""

    def __init__(self, vision, refused):
        self.vision, self.refused = vision, refused

    def match(self, left, right):
        self.embed(left)
        self.embed(right)
        return self.vision.match(left, right)

    def embed(self, picture):
        if picture in self.refused:
            raise BadImage("the file is empty", "send the picture again")
        return self.vision.embed(picture)


@pytest.mark.parametrize("refused", [("document",), ("selfie",), ("document", "selfie")])
def test_the_picture_that_no_decoder_takes_is_the_one_at_fault(desk, refused):
    there = desk()
    picky = Picky(there.sources.vision, [f"the bytes of the {role}".encode() for role in refused])
    answer = call_tool(face_match, "E1", there.subject, replace(there.sources, vision=picky))
    assert (answer.fault, answer.roles) == ("customer", refused)
    assert answer.reason == f"{' and '.join(refused)}: the file is empty; send the picture again"


def _vector(cosine):
    return [cosine, math.sqrt(1 - cosine**2)] + [0.0] * 126


def _selfie(exchange, who, cosine, days=1.0):
    """A selfie of an account whose face is as alike as asked."""
    _kept(exchange, who, _vector(cosine), days)


def _kept(exchange, who, vector, days=1.0):
    name = f"S-{who}-{days}"
    exchange.add("kyc_submissions", submission_id=name, customer_id=who, submitted_at=exchange.ago(days=days))
    exchange.add("face_index", submission_id=name, customer_id=who, embedding=vector)


@pytest.fixture
def faces(exchange):
    exchange.rows["face_index"][0]["embedding"] = [0.0, 1.0] + [0.0] * 126
    _selfie(exchange, "C1", 1.0)
    _selfie(exchange, "same", 0.9)
    _selfie(exchange, "same", 0.95, days=2)
    _selfie(exchange, "like", 0.5)
    _selfie(exchange, "other", 0.2)
    _selfie(exchange, "later", 0.99, days=-1)
    return exchange


def test_other_accounts_with_this_face_are_counted_once_and_before_the_flag(faces, desk):
    found = _reuse(desk())
    assert found.facts == {"face.accounts_sharing": 2}
    graph = json.loads(found.exhibits[0].content)
    assert [node["label"] for node in graph["nodes"]] == ["C1", "same", "like"]
    assert graph["edges"][0] == ["customer:C1", "customer:same", "same face, 0.95"]


def test_the_threshold_is_the_sources_own_unless_asked_for(faces, desk):
    assert _reuse(desk(face_search=0.68)).facts == {"face.accounts_sharing": 1}
    assert _reuse(desk(face_search=0.68), threshold=0.1).facts == {"face.accounts_sharing": 3}


def test_a_face_of_nobody_else_has_no_exhibit(faces, desk):
    found = _reuse(desk(), threshold=0.999)
    assert (found.facts, found.exhibits) == ({"face.accounts_sharing": 0}, ())


UNUSABLE = {
    "zeros": [0.0] * 128,
    "nan": [math.nan] * 128,
    "one_nan": [1.0, math.nan] + [0.0] * 126,
    "infinite": [math.inf] + [0.0] * 127,
    "vanishing": [1e-30] * 128,
    "enormous": [1e30] * 128,
    "long": [0.0, 7.0] + [0.0] * 126,
}
LEFT_OUT = "{} could not be compared: the face index holds vectors that are not of length 1"


@pytest.mark.parametrize("threshold", [-1, 0.5, 0.9])
def test_what_is_no_vector_of_length_1_is_nobodys_face_and_clears_nobody(exchange, desk, threshold):
    exchange.rows["face_index"].clear()
    for who, vector in UNUSABLE.items():
        _kept(exchange, who, vector)
    there = desk()
    said = call_tool(face_reuse, "E1", there.subject, there.sources, {"threshold": threshold})
    assert isinstance(said, Unavailable)
    assert said.fault == "ours", "no customer can mend the index"
    assert said.reason.startswith("nobody is known to share the face, and " + LEFT_OUT.format("7 other accounts"))
    assert "warehouse check" in said.reason


@pytest.mark.parametrize("vector", UNUSABLE.values(), ids=UNUSABLE)
def test_those_that_are_found_are_told_although_others_could_not_be_compared(faces, desk, vector):
    _kept(faces, "blank", vector)
    _kept(faces, "blank", vector, days=2)
    _kept(faces, "like", vector, days=2)
    _kept(faces, "much later", vector, days=-1)
    found = _reuse(desk())
    assert found.facts == {"face.accounts_sharing": 2}, "one has a vector that is alike beside the other"
    assert [node["label"] for node in json.loads(found.exhibits[0].content)["nodes"]] == ["C1", "same", "like"]
    (note,) = found.notes
    assert note.startswith("face.accounts_sharing: at least so many, and " + LEFT_OUT.format("1 other account"))


def test_a_selfie_without_a_face_has_no_vector_and_a_rounded_one_is_one(faces, desk):
    _kept(faces, "no face", None)
    _kept(faces, "rounded", [0.995 * each for each in _vector(0.9)])
    found = _reuse(desk())
    assert (found.facts, found.notes) == ({"face.accounts_sharing": 3}, ())


def test_all_accounts_with_this_face_are_counted_and_the_most_alike_drawn(faces, desk):
    for number in range(203):
        _selfie(faces, f"ring {number:03}", 0.6 + number / 1000)
    found = _reuse(desk())
    assert found.facts == {"face.accounts_sharing": 205}
    assert found.exhibits[0].title == "Accounts with the same face: the 200 most alike of 205"
    labels = [node["label"] for node in json.loads(found.exhibits[0].content)["nodes"]]
    assert (len(labels), labels[:3]) == (201, ["C1", "same", "ring 202"])


def test_a_selfie_described_by_no_unit_vector_is_not_searched_for(faces, desk):
    for vector in ((0.0,) * 128, (math.nan,) * 128, (7.0, *[0.0] * 127)):
        with pytest.raises(ToolError, match="'fixed' described the selfie by a vector that is not of length 1"):
            _reuse(desk(vector=vector))


def test_without_a_usable_face_there_is_nothing_to_search_for(faces, desk):
    with pytest.raises(ToolError, match="no single usable face; no face"):
        _reuse(desk(vector=None))


def test_an_empty_index_is_not_innocence(exchange, desk):
    exchange.rows["face_index"].clear()
    with pytest.raises(WarehouseError, match="'face_index' of the warehouse is empty"):
        _reuse(desk())


def test_an_index_without_a_vector_is_not_innocence(exchange, desk):
    for row in exchange.rows["face_index"]:
        row["embedding"] = None
    with pytest.raises(WarehouseError, match="'embedding' of table 'face_index' holds no vector"):
        _reuse(desk())


def test_an_exchange_without_an_index_knows_of_nobody_else(desk):
    there = desk()
    there.sources.warehouse.close()
    with duckdb.connect(there.sources.warehouse.url.removeprefix("duckdb:///")) as connection:
        connection.execute("DROP TABLE face_index")
    with closing(Warehouse.open(there.sources.warehouse.url, without=frozenset({"face_index"}))) as without:
        found = face_reuse.run(there.subject, replace(there.sources, warehouse=without), ReuseArguments())
    assert found.facts == {"face.accounts_sharing": 0}


def test_a_search_that_is_not_permitted_is_not_made(desk):
    there = desk(face_search_allowed=False)
    answer = call_tool(face_reuse, "E1", there.subject, there.sources)
    assert isinstance(answer, Unavailable)
    assert answer.fault == "policy"
    assert "FACE_SEARCH_ALLOWED" in answer.reason
    assert there.sources.vision.seen == []


def test_a_vector_of_another_length_than_the_index_is_said(faces, desk):
    with pytest.raises(WarehouseError):
        _reuse(desk(vector=(1.0, 0.0)))


@pytest.mark.parametrize("index_model", ["", "cd" * 32])
def test_an_index_of_another_recogniser_is_not_innocence(faces, desk, index_model):
    there = desk(face_index_model=index_model)
    answer = call_tool(face_reuse, "E1", there.subject, there.sources)
    assert isinstance(answer, Unavailable)
    assert answer.fault == "ours"
    assert "the face index was made with another recogniser" in answer.reason
    assert _reuse(desk(face_index_model="AB" * 32)).facts == {"face.accounts_sharing": 2}


@pytest.mark.parametrize(
    ("there", "begun"),
    [
        ({"face_search_allowed": False}, False),
        ({"roles": ("document",)}, False),
        ({"vector": None}, False),
        ({"vector": (0.0,) * 128}, False),
        ({"face_index_model": "cd" * 32}, False),
        ({"vector": (1.0, 0.0)}, True),
    ],
)
def test_a_search_that_failed_before_it_was_made_says_so(faces, desk, there, begun):
    """One whose query failed may have been made: it counts as one."""
    there = desk(**there)
    answer = call_tool(face_reuse, "E1", there.subject, there.sources)
    assert isinstance(answer, Unavailable)
    assert answer.begun is begun
    assert ("begun" in answer.model_dump(mode="json")) is not begun, "ledgers of before read as they were written"
