"""Two drafts of one case side by side: which sentences differ, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from agent.case import CaseFile
from tools.evidence import Frozen

PARTS = {
    "summary": "Summary",
    "for_customer": "For the customer",
    "missing": "Missing",
    "flip": "Would change it",
    "finding": "Finding",
    "letter": "Letter",
}
WORD = re.compile(r"\s+|[^\s]+")


class Piece(Frozen):
    """A run of words; `alike` if the other draft has it too."""

    text: str
    alike: bool


class Sentence(Frozen):
    """A statement of one draft, or a paragraph of its letter to the customer, in pieces; `alike` if the other draft
    says exactly this."""

    part: str
    source: str
    alike: bool
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


Passage = tuple[str, str, str]
"""Part, source and text."""


def side_by_side(first: CaseFile, second: CaseFile) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The statements and letters of two drafts of one case, each with the words marked that the other does not have."""
    left, right = list(_passages(first)), list(_passages(second))
    matcher = SequenceMatcher(None, [text for *_, text in left], [text for *_, text in right], autojunk=False)
    lefts: list[Sentence] = []
    rights: list[Sentence] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            lefts += [_whole(told, alike=True) for told in left[a:b]]
            rights += [_whole(told, alike=True) for told in right[c:d]]
            continue
        for one, other in zip_longest(left[a:b], right[c:d]):
            lefts += [_against(one, other)] if one else []
            rights += [_against(other, one)] if other else []
    return tuple(lefts), tuple(rights)


def _passages(file: CaseFile) -> Iterator[Passage]:
    yield from ((told.part, told.source, told.text) for told in file.draft.statements)
    for paragraph in filter(None, file.draft.customer_message.split("\n")):
        yield "letter", "", paragraph


def _whole(told: Passage, *, alike: bool) -> Sentence:
    part, source, text = told
    return Sentence(part=PARTS[part], source=source, alike=alike, pieces=(Piece(text=text, alike=alike),))


def _against(told: Passage, other: Passage | None) -> Sentence:
    """The statement with what `other`, which stands in its place, does not say. All of it where hardly a word is
    shared: marks on every second word help nobody."""
    if other is None:
        return _whole(told, alike=False)
    own, others = WORD.findall(told[2]), WORD.findall(other[2])
    matcher = SequenceMatcher(None, own, others, autojunk=False)
    if matcher.ratio() < 0.5:
        return _whole(told, alike=False)
    shared = {block.a + step for block in matcher.get_matching_blocks() for step in range(block.size)}
    pieces = tuple(_pieces(own, shared))
    return Sentence(part=PARTS[told[0]], source=told[1], alike=False, pieces=pieces)


def _pieces(own: Sequence[str], shared: set[int]) -> Iterator[Piece]:
    start = 0
    for end in range(1, len(own) + 1):
        if end == len(own) or (end in shared) != (start in shared):
            yield Piece(text="".join(own[start:end]), alike=start in shared)
            start = end
