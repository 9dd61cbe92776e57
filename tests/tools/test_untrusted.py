import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.untrusted import fence, neutralise

FENCE = re.compile(r"<<untrusted ([0-9a-f]{24})>>\n(.*)\n<<end \1>>", re.DOTALL)
ANY_TEXT = st.text(max_size=300)


def test_tricks_of_the_script_are_gone():
    hostile = "pay\u202egnp.exe\u200b now\x00\x1b[31m \ud7ff\ue000ok"
    assert neutralise(hostile) == "paygnp.exe now[31m \ud7ffok".replace("\ud7ff", "")


def test_look_alikes_read_as_what_they_look_like():
    assert neutralise("＜ｓｙｓｔｅｍ＞") == "<system>"


def test_stacked_marks_are_cut():
    assert len(neutralise("a" + "\u0335" * 500)) == 3
    assert len(neutralise("\u0335" * 500)) == 2


def test_blanks_stay_and_other_line_ends_read_as_blanks():
    assert neutralise("a\n\tb\u2028c\u2029d\u00a0e\u1680f") == "a\n\tb c d e f"


def test_long_text_is_cut_and_says_so():
    assert neutralise("x" * 5_000, 100) == neutralise("x" * 101, 100) == "x" * 96 + " […]"
    assert neutralise("x" * 100, 100) == "x" * 100


def test_a_text_cannot_be_pushed_out_of_sight_unnoticed():
    assert neutralise("fine" + "\u200b" * 396 + "pay", 100) == "fine […]"
    assert neutralise("fine" + "\u200b" * 393 + "pay", 100) == "finepay"


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, st.integers(0, 200))
def test_what_comes_out_is_harmless_and_short(text, limit):
    clean = neutralise(text, limit)
    assert len(clean) <= limit
    assert all(c in "\n\t" or not unicodedata.category(c).startswith("C") for c in clean)


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_neutralising_twice_changes_nothing(text):
    once = neutralise(text)
    assert neutralise(once) == once


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_a_fence_cannot_be_closed_by_an_earlier_one(text, other):
    earlier = fence(other, "merge")
    fenced = FENCE.fullmatch(fence(text + earlier, "merge"))
    assert fenced
    assert f"end {fenced[1]}" not in fenced[2]


def test_a_fence_is_the_same_in_a_replay_and_another_in_another_role():
    assert fence("hello", "merge") == fence("hello", "merge")
    assert fence("hello", "merge") != fence("hello", "word")
