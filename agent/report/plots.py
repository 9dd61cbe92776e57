"""Small SVG drawings for the page: the account graph and the timeline of events. Pure; every text is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict

MOST_NODES = 24
MOST_EVENTS = 200

Look = Literal["subject", "customer", "device", "grave", "other"]
"""How a node is drawn; grave is what speaks against an account by itself."""
Legend = tuple[tuple[Look, str], ...]
"""Each look with the words for it."""
SUBJECT: tuple[Look, str] = ("subject", "this account")
KINDS: Mapping[str, tuple[Look, str]] = {
    "customer": ("customer", "other account"),
    "device": ("device", "device"),
    "emulator": ("grave", "emulator"),
    "address": ("other", "unclassified address"),
    "self hosted": ("other", "self-hosted address"),
    "defi": ("other", "DeFi address"),
    "mixer": ("grave", "mixer"),
    "scam": ("grave", "scam address"),
    "darknet": ("grave", "darknet address"),
    "sanctioned": ("grave", "sanctioned address"),
}
"""The kinds of node that graph exhibits have; the categories of an address are those of the warehouse."""


class Loose(BaseModel):
    """An exhibit's content as the page reads it; anything it does not show is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Node(Loose):
    id: str
    kind: str = ""
    label: str = ""


class Graph(Loose):
    """Nodes and `[from, to, why]` triples."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str, str], ...] = ()


class Event(Loose):
    """One row of a timeline. `at` is ISO 8601."""

    at: str
    what: str = "not recorded"
    amount: float | None = None
    place: str | None = None


def account_graph(graph: Graph, subject: str = "", width: int = 1000, height: int = 420) -> Markup:
    """Nodes on a ring around the first one, edges as lines with their reason as a tooltip. `subject` is the id of the
    customer the case is about."""
    nodes = graph.nodes[:MOST_NODES]
    if not nodes:
        return Markup("")
    places = {nodes[0].id: (width / 2, height / 2)} | {
        node.id: _on_ring(index, len(nodes) - 1, width, height) for index, node in enumerate(nodes[1:])
    }
    lines = [
        _edge(places[start], places[end], why) for start, end, why in graph.edges if start in places and end in places
    ]
    marks = [_node(node, *_seen(node, subject), *places[node.id], first=node is nodes[0]) for node in nodes]
    left_out = len(graph.nodes) - len(nodes)
    note = (
        Markup('<text x="8" y="{}" class="muted">and {} more</text>').format(height - 8, left_out) if left_out else ""
    )
    return _svg(width, height, "Accounts and what they share", [*lines, *marks, note])


def legend(graph: Graph, subject: str = "") -> Legend:
    """The kinds of node that are drawn of a graph, each once: those of KINDS first, in its order."""
    drawn = {_seen(node, subject) for node in graph.nodes[:MOST_NODES]}
    known = (SUBJECT, *KINDS.values())
    return (*(each for each in known if each in drawn), *sorted(drawn - {*known}))


def timeline(events: Sequence[Event], width: int = 1000, height: int = 130) -> Markup:
    """Events as ticks on a line from the first to the last; the height of a tick grows with the amount's logarithm."""
    dated = sorted(((_when(event.at), event) for event in events[-MOST_EVENTS:]), key=lambda pair: pair[0])
    if not dated:
        return Markup("")
    first, last = dated[0][0], dated[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    base = height - 30
    ticks = [_tick(20 + (width - 40) * (when - first).total_seconds() / span, base, event) for when, event in dated]
    axis = Markup('<line x1="20" y1="{0}" x2="{1}" y2="{0}" class="axis"/>').format(base, width - 20)
    ends = [
        Markup('<text x="20" y="{}" class="muted">{}</text>').format(height - 8, f"{first:%Y-%m-%d}"),
        Markup('<text x="{}" y="{}" class="muted" text-anchor="end">{}</text>').format(
            width - 20, height - 8, f"{last:%Y-%m-%d}"
        ),
    ]
    return _svg(width, height, "Events in time order", [axis, *ticks, *ends])


def _svg(width: int, height: int, title: str, parts: Sequence[Markup | str]) -> Markup:
    body = Markup("").join(parts)
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(width, height, title, body)


def _on_ring(index: int, count: int, width: int, height: int) -> tuple[float, float]:
    angle = 2 * math.pi * index / max(count, 1) - math.pi / 2
    return width / 2 + (width / 2 - 90) * math.cos(angle), height / 2 + (height / 2 - 36) * math.sin(angle)


def _edge(start: tuple[float, float], end: tuple[float, float], why: str) -> Markup:
    return Markup('<line x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}" class="edge"><title>{}</title></line>').format(
        *start, *end, why
    )


def _seen(node: Node, subject: str) -> tuple[Look, str]:
    """The look of a node and the words for its kind; a kind that is not in KINDS stands as it is."""
    if subject and (node.kind, node.label) == ("customer", subject):
        return SUBJECT
    return KINDS.get(node.kind, ("other", node.kind or "of unknown kind"))


def _node(node: Node, look: Look, words: str, x: float, y: float, *, first: bool) -> Markup:
    """A dot with its label below it; above it what it is, where that is grave, so that colour never tells it alone."""
    radius, name = 11 if first else 8, node.label or node.id
    above = Markup("")
    if look == "grave":
        above = Markup('<text x="{:.0f}" y="{:.0f}" text-anchor="middle">{}</text>').format(x, y - radius - 5, words)
    return Markup(
        '<g class="node {}"><title>{}</title><circle cx="{:.0f}" cy="{:.0f}" r="{}"/>{}'
        '<text x="{:.0f}" y="{:.0f}" text-anchor="middle">{}</text></g>'
    ).format(look, f"{words}: {name}", x, y, radius, above, x, y + radius + 14, name[:22])


def _tick(x: float, base: float, event: Event) -> Markup:
    tall = 14 + (9 * math.log10(1 + abs(event.amount)) if event.amount else 0)
    amount = f" {event.amount:,.0f} USD" if event.amount else ""
    place = f", {event.place}" if event.place else ""
    kind = "out" if "withdraw" in event.what else "in" if "deposit" in event.what else "other"
    return Markup(
        '<line x1="{0:.1f}" y1="{1}" x2="{0:.1f}" y2="{2:.0f}" class="tick {3}"><title>{4}</title></line>'
    ).format(x, base, base - tall, kind, escape(f"{event.at[:16]} {event.what}{amount}{place}"))


def _when(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=None)
