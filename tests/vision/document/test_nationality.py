"""Which state a nationality names, as a code or in words."""

import pytest

from vision.document.nationality import same, states


@pytest.mark.parametrize(
    ("printed", "coded"),
    [
        ("BRITISH CITIZEN", "GBR"),
        ("BRITISHCITIZEN", "GBD"),
        ("DEUTSCH", "D"),
        ("ITALIANA", "ITA"),
        ("UNITED STATES OF AMERICA", "USA"),
        ("Française", "FRA"),
        ("Nederlandse", "NLD"),
        ("POLSKIE / POLISH", "POL"),
        ("CITIZEN OF BELARUS", "BLR"),
        ("S0UTH AFRICAN", "ZAF"),
        ("CONGOLESE", "COG"),
        ("CONGOLESE", "COD"),
        ("FR", "FRA"),
        ("UTO", "UTO<"),
    ],
)
def test_words_and_codes_of_one_state_match(printed: str, coded: str) -> None:
    assert same(printed, coded) == same(coded, printed) == "match"


@pytest.mark.parametrize(
    ("printed", "coded"), [("NPL", "IND"), ("NIGERIAN", "NER"), ("DOMINICAN REPUBLIC", "DMA"), ("KOREAN", "JPN")]
)
def test_a_known_other_state_is_a_mismatch(printed: str, coded: str) -> None:
    assert same(printed, coded) == "mismatch"


@pytest.mark.parametrize(
    ("printed", "coded"), [("DI", "FRA"), ("UTOPIAN", "UTO"), ("FRA", ""), ("", ""), ("FRA", "XXA")]
)
def test_what_names_no_known_state_is_not_compared(printed: str, coded: str) -> None:
    assert same(printed, coded) == "absent"


def test_the_longest_name_counts() -> None:
    assert states("PAPUA NEW GUINEA") == {"PNG"}
    assert states("SOUTH SUDANESE") == {"SSD"}
    assert states("CHINESE") == {"CHN", "HKG", "MAC", "TWN"}
