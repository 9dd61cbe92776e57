from collections import Counter

from tools.countries import LEGEND, OFFICIAL, STATELESS, known, listed_states, states
from vision.document.nationality import states as named
from vision.document.states import STATES
from vision.synth.template import STATES as LEGENDS


def test_every_state_has_a_code_of_three_and_of_two_letters_and_no_code_has_two_states():
    entries = [entry.replace("=", ",").split(",") for entry in OFFICIAL.split()]
    assert len(entries) == 250
    assert all((len(three), len(two)) == (3, 2) for three, two, *_ in entries)
    codes = Counter([code for entry in entries for code in entry] + f"{LEGEND} {STATELESS}".split())
    assert set(codes.values()) == {1}
    assert set(codes) == set(known())


def test_the_codes_are_those_that_documents_are_read_by():
    for line in STATES.strip().splitlines():
        for code in line.partition(":")[0].replace("+", " ").split() if line[:1].isupper() else ():
            assert named(code) == {states()[code]}, code


def test_states_of_legend_are_states_and_stateless_persons_are_of_none():
    assert set(LEGEND.split()) == {code for code, _ in LEGENDS}
    assert {"XXA", "XXX", "UNO"}.isdisjoint(states())
    assert {"XXA", "XXX", "UNO"} <= set(known())
    assert (states()["D"], states()["GBD"], states()["UK"]) == ("DEU", "GBR", "GBR")


def test_the_list_has_every_code_between_blanks():
    assert all(f" {code}={state} " in listed_states() for code, state in states().items())
