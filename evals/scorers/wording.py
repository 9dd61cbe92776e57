"""How a draft reads: its length, how hard it is to read, and whether it tells who, what, when, where, why and how."""

from __future__ import annotations

import re

from agent.case import CaseFile
from tools.evidence import Frozen

WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)
QUESTIONS = ("Who", "What", "Where", "Why", "How")


class Wording(Frozen):
    """`reading_ease` is 100 for what a child reads and below 30 for what takes a degree. `answered` counts the five
    questions of a narrative (FinCEN, 2003) that the draft answers; when it happened counts with what."""

    words: int
    reading_ease: float | None
    answered: int
    by_model: int


def wording(file: CaseFile) -> Wording:
    """Score the words of one saved review."""
    text = " ".join(told.text for told in file.draft.statements)
    return Wording(
        words=len(WORD.findall(text)),
        reading_ease=reading_ease(text),
        answered=sum(re.search(rf"\b{question}\b[^:]*: \S", text) is not None for question in QUESTIONS),
        by_model=sum(told.source == "model" for told in file.draft.statements),
    )


def reading_ease(text: str) -> float | None:
    """Flesch's reading ease (1948) with syllables counted as groups of vowels; None without a word."""
    words = WORD.findall(text)
    if not words:
        return None
    sentences = max(1, len(SENTENCE_END.findall(text)))
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * sum(map(_syllables, words)) / len(words)


def _syllables(word: str) -> int:
    groups = len(VOWELS.findall(word))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)
