"""Months in words: of many languages, in pairs, and misread."""

import pytest

from vision.document import months

ABBREVIATIONS = {
    "English": "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
    "French": "JANV FEVR MARS AVR MAI JUIN JUIL AOUT SEPT OCT NOV DEC",
    "Spanish": "ENE FEB MAR ABR MAY JUN JUL AGO SET OCT NOV DIC",
    "Portuguese": "JAN FEV MAR ABR MAI JUN JUL AGO SET OUT NOV DEZ",
    "Italian": "GEN FEB MAR APR MAG GIU LUG AGO SET OTT NOV DIC",
    "Catalan": "GEN FEB MAR ABR MAI JUN JUL AGO SET OCT NOV DES",
    "German": "JAN FEB MRZ APR MAI JUN JUL AUG SEP OKT NOV DEZ",
    "Norwegian": "JAN FEB MAR APR MAI JUN JUL AUG SEP OKT NOV DES",
    "Swedish": "JAN FEB MARS APR MAJ JUNI JULI AUG SEPT OKT NOV DEC",
    "Polish": "STY LUT MAR KWI MAJ CZE - SIE WRZ PAZ - GRU",
    "Czech": "LED UNO BRE DUB KVE CVN CVC SRPEN ZAR RIJ - PRO",
    "Romanian": "IAN FEB MAR APR MAI IUN IUL AUG SEP OCT NOI DEC",
    "Turkish": "OCA SUB MAR NIS MAY HAZ TEM AGU EYL EKI KAS ARA",
    "Irish": "EAN FEA MAR AIB BEA MEITH IUI LUN MFO DFO SAM NOL",
    "Finnish": "TAMMI HEL MAA HUH TOU KES HEI ELO SYY LOK MARRAS JOU",
    "Hungarian": "JAN FEBR MARC APR MAJ JUN JUL AUG SZEPT OKT NOV DEC",
    "Croatian": "SIJ VEL OZU TRA SVI LIPANJ SRPANJ KOL RUJ - STU PRO",
    "Estonian": "JAAN VEEBR MARTS APR MAI JUUNI JUULI AUG SEPT OKT NOV DETS",
    "Lithuanian": "SAU VAS KOV BAL GEG BIR LIE RGP RGS SPA LAP GRU",
    "Maltese": "JAN FRA MAR APR MEJ GUN LUL AWW SET OTT NOV DIC",
    "Dutch": "JAN FEB MRT APR MEI JUN JUL AUG SEP OKT NOV DEC",
    "Indonesian": "JAN PEB MAR APR MEI JUN JUL AGU SEP OKT NOV DES",
    "Malay": "JAN FEB MAC APR - JUN JULAI OGOS SEP OKT NOV DIS",
}


@pytest.mark.parametrize("language", ABBREVIATIONS)
def test_the_months_of_a_language_are_known(language: str) -> None:
    for month, word in enumerate(ABBREVIATIONS[language].split(), 1):
        assert word == "-" or months.number([word]) == month, word


@pytest.mark.parametrize(
    ("words", "month"),
    [("LUG JUL", 7), ("OCA JAN", 1), ("MEI JUN", 6), ("MEI MAY", 5), ("KOV MAR", 3), ("LIP JUL", 7), ("LIP JUN", 6),
     ("SRP JUL", 7), ("SRP AUG", 8), ("LIS NOV", 11), ("LIS OCT", 10), ("MAR NOV", 11), ("MAR MAR", 3), ("BEP SEP", 9),
     ("JUI JUL", 7), ("GEN JAN JANV", 1), ("LUG", 7), ("LUGLIO", 7), ("MEI", 5), ("MEITH", 6), ("LISTOPADU", 11)],
)  # fmt: skip
def test_words_that_stand_together_say_one_month(words: str, month: int) -> None:
    assert months.number(words.split()) == months.number(words.split()[::-1]) == month


@pytest.mark.parametrize("words", ["", "LIP", "LIP LIP", "SRP", "LIS", "MEI JUX", "JUI", "AUG JUL", "XYZ", "JA"])
def test_what_says_no_month_or_two_is_none(words: str) -> None:
    assert months.number(words.split()) == 0


@pytest.mark.parametrize(("word", "month"), [("0CT", 10), ("AUC", 8), ("5EP", 9), ("N0V", 11), ("FE8", 2), ("JVN", 6)])
def test_a_character_is_corrected_to_one_that_looks_like_it(word: str, month: int) -> None:
    assert months.number([word]) == month


@pytest.mark.parametrize("word", ["JU1", "KUG", "JUX", "0C7", "BEP"])
def test_no_other_character_is_corrected(word: str) -> None:
    assert months.number([word]) == 0


@pytest.mark.parametrize(("word", "month"), [("OCAIJAN", 1), ("LUG1JUL", 7), ("MARLMAR", 3), ("AUGIJUL", 0)])
def test_a_slash_may_be_misread_too(word: str, month: int) -> None:
    assert months.number([word]) == month
