"""One case, from flag to review, wired on one screen.

    pull -> gather -> fire -> investigate -> decide -> draft -> ground -> await_review -> record
                       ^----------'  while more than one disposition is possible      ^--------'  until it is settled

Every step is written to disk before the next one begins (`durability="sync"`), so that a review that was cut off goes
on where it stopped. State is plain JSON; the Desk travels beside it.
"""

from __future__ import annotations

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import nodes
from agent.desk import Desk
from agent.nodes import State

Graph = CompiledStateGraph[State, Desk, State, State]


def build(checkpointer: BaseCheckpointSaver[str]) -> Graph:
    """The review as a graph. It needs a checkpointer: without one an interrupt would wait for nobody."""
    graph = StateGraph(State, context_schema=Desk)

    graph.add_node("pull", nodes.pull)
    graph.add_node("gather", nodes.gather)
    graph.add_node("fire", nodes.fire)
    graph.add_node("investigate", nodes.investigate)
    graph.add_node("decide", nodes.decide)
    graph.add_node("draft", nodes.draft)
    graph.add_node("ground", nodes.ground)
    graph.add_node("await_review", nodes.await_review)
    graph.add_node("record", nodes.record)

    graph.add_edge(START, "pull")
    graph.add_edge("pull", "gather")
    graph.add_edge("gather", "fire")
    graph.add_edge("fire", "investigate")
    graph.add_conditional_edges("investigate", enough, ["fire", "decide"])
    graph.add_edge("decide", "draft")
    graph.add_edge("draft", "ground")
    graph.add_edge("ground", "await_review")
    graph.add_edge("await_review", "record")
    graph.add_conditional_edges("record", settled, ["await_review", END])

    return graph.compile(checkpointer=checkpointer)


def enough(state: State) -> str:
    """More evidence is wanted until `investigate` says that it is settled."""
    return "decide" if state["settled"] else "fire"


def settled(state: State) -> str:
    """A case waits for another person after a first decision that needs a second, and after a dispute."""
    return "await_review" if state["status"] in ("awaiting_second", "drafted") else END
