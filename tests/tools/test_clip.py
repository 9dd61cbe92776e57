"""The clip is held to the document: a stranger is told, and where nothing can be compared that is said."""

from __future__ import annotations

from measured_faces import face_bench

from tools.call import call_tool, checked_facts
from tools.clip import clip_match
from tools.evidence import Unavailable
from tools.tool import NoArguments

BOTH = ("document", "clip")


def test_the_clip_is_compared_with_the_document(desk) -> None:
    there = desk(roles=("document", "selfie", "clip"))
    found = clip_match.run(there.subject, there.sources, NoArguments())
    facts = {fact.name: fact.value for fact in checked_facts(clip_match, found)}
    assert facts == {"clip.attached": True, "clip.similarity": 0.7, "clip.quality": 0.6}
    assert there.sources.vision.seen == [b"the bytes of the document", b"the bytes of the clip"]


def test_rates_of_ones_own_pairs_stand_beside_the_similarity(desk) -> None:
    there = desk(roles=BOTH, face_rates=face_bench())
    (exhibit,) = clip_match.run(there.subject, there.sources, NoArguments()).exhibits
    assert (exhibit.title, exhibit.of) == ("What the similarity of document and clip is worth", "clip")
    plain = desk(roles=BOTH)
    assert clip_match.run(plain.subject, plain.sources, NoArguments()).exhibits == ()


def test_without_a_single_face_nothing_is_known_and_that_is_said(desk) -> None:
    there = desk(roles=BOTH, similarity=None)
    found = clip_match.run(there.subject, there.sources, NoArguments())
    assert found.facts == {"clip.attached": True}
    assert found.notes == tuple(f"clip.{name}: clip: 2 faces of comparable size" for name in ("similarity", "quality"))


def test_a_case_without_a_clip_is_none_of_a_stranger(desk) -> None:
    there = desk(roles=("document", "selfie"))
    found = clip_match.run(there.subject, there.sources, NoArguments())
    assert found.facts == {"clip.attached": False}
    assert there.sources.vision.seen == []


def test_a_document_that_is_not_there_is_for_the_customer_to_send(desk) -> None:
    there = desk(roles=("clip",))
    entry = call_tool(clip_match, "E1", there.subject, there.sources)
    assert isinstance(entry, Unavailable)
    assert entry.reason.startswith("no document attached")
    assert entry.fault == "customer"
