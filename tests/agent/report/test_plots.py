"""Drawings are well-formed, bounded and escape what customers wrote."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from agent.report.plots import KINDS, MOST_NODES, Event, Graph, Node, account_graph, legend, timeline
from tools.catalogue import load_catalogue

hostile = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


def test_a_graph_draws_the_subject_and_what_it_shares() -> None:
    graph = Graph(
        nodes=(
            Node(id="C1", kind="customer", label="U1"),
            Node(id="D1", kind="device"),
            Node(id="C2", kind="customer"),
        ),
        edges=(("C1", "D1", "14 logins"), ("C2", "D1", "3 logins"), ("C2", "gone", "dangling")),
    )
    drawing = ElementTree.fromstring(str(account_graph(graph)))
    assert len(drawing.findall("line")) == 2
    assert [text.text for text in drawing.iter("text")] == ["U1", "D1", "C2"]


def test_a_graph_tells_grave_from_harmless_in_words_and_by_look() -> None:
    kinds = ("customer", "customer", "emulator", "sanctioned", "address", "bank account")
    graph = Graph(nodes=tuple(Node(id=str(n), kind=kind, label=f"L{n}") for n, kind in enumerate(kinds)))
    marks = ElementTree.fromstring(str(account_graph(graph, "L0"))).findall("g")
    told = {mark.get("class", ""): [text.text for text in mark.iter("text")] for mark in marks[::-1]}
    assert told["node subject"] == ["L0"]
    assert told["node customer"] == ["L1"]
    assert told["node grave"] == ["emulator", "L2"]
    assert told["node other"] == ["L4"]
    assert [mark.findtext("title") for mark in marks[3:]] == [
        "sanctioned address: L3",
        "unclassified address: L4",
        "bank account: L5",
    ]
    assert legend(graph, "L0")[:2] == (("subject", "this account"), ("customer", "other account"))
    assert legend(graph, "L0")[-1] == ("other", "bank account")
    assert len(legend(graph, "L0")) == len(kinds)


def test_every_category_of_an_address_has_its_look() -> None:
    addresses = next(table for table in load_catalogue().tables if table.name == "chain_addresses")
    column = addresses.column("category")
    assert column is not None
    categories = {word.replace("_", " ") for word in column.words}
    assert categories - {"exchange"} <= KINDS.keys()
    grave = {kind for kind, (look, _) in KINDS.items() if look == "grave"}
    assert grave == {"mixer", "scam", "darknet", "sanctioned", "emulator"}


def test_a_large_graph_is_cut_and_says_so() -> None:
    graph = Graph(nodes=tuple(Node(id=f"N{n}") for n in range(MOST_NODES + 5)))
    assert "and 5 more" in str(account_graph(graph))


def test_nothing_to_draw_is_nothing() -> None:
    assert account_graph(Graph()) == ""
    assert timeline([]) == ""


def test_a_timeline_marks_money_in_and_out() -> None:
    events = [
        Event(at="2026-06-01T10:00:00", what="deposit", amount=900.0),
        Event(at="2026-06-02T10:00:00+00:00", what="withdrawal", amount=880.0, place="UTO"),
        Event(at="2026-06-03T10:00:00", what="login"),
    ]
    drawing = str(timeline(events))
    assert 'class="tick in"' in drawing
    assert 'class="tick out"' in drawing
    assert "2026-06-01" in drawing
    assert "880 USD, UTO" in drawing


@given(label=hostile, why=hostile)
def test_customer_text_stays_text(label: str, why: str) -> None:
    graph = Graph(nodes=(Node(id="a", label=label), Node(id="b", kind=why)), edges=(("a", "b", why),))
    drawing = ElementTree.fromstring(str(account_graph(graph, label)))
    assert {element.tag for element in drawing.iter()} <= {"svg", "line", "title", "g", "circle", "text"}
    events = [Event(at="2026-06-01T10:00:00", what=why, place=label)]
    assert "<script" not in str(timeline(events)).lower()
