"""Months in words, as passports and identity cards print them in Latin letters, whole or cut short.

Many passports print a month twice, in the language of their state and in English or French: LUG/JUL. One word may be
two months in two languages: LIPiec is July in Polish, LIPanj June in Croatian. The other word then tells which it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

NAMES = tuple(
    tuple(names.split())
    for names in (
        "JANUARY JANVIER JANUAR JANNER ENERO GENNAIO JANEIRO JANUARI JANUARIE STYCZEN STYCZNIA LEDEN LEDNA "
        "IANUARIE OCAK EANAIR TAMMIKUU SIJECANJ JAANUAR SAUSIS SAUSIO JANVARIS JANNAR GENER JANAR YANVAR",
        "FEBRUARY FEVRIER FEBRUAR FEBRERO FEBBRAIO FEVEREIRO FEBRUARI FEBRUARIE LUTY LUTEGO UNOR UNORA SUBAT "
        "FEABHRA HELMIKUU VELJACA VEEBRUAR VASARIS VASARIO FEBRUARIS FRAR FEBRER SHKURT PEBRERO FEVRAL FEWRAL",
        "MARCH MARS MARZ MAERZ MRZ MARZO MARCO MAART MRT MARTS MARZEC MARCA BREZEN BREZNA MAREC MARTIE MART MARTA "
        "MAALISKUU MARCIUS OZUJAK KOVAS KOVO MARZU MARET MAC",
        "APRIL AVRIL ABRIL APRILE KWIECIEN KWIETNIA DUBEN DUBNA APRILIE NISAN AIBREAN HUHTIKUU APRILIS TRAVANJ "
        "APRILL BALANDIS BALANDZIO PRILL APREL",
        "MAY MAI MAYO MAGGIO MAIO MEI MAJ MAJA KVETEN KVETNA MAYIS BEALTAINE TOUKOKUU MAJUS SVIBANJ GEGUZE "
        "GEGUZES MAIJS MEJJU MAIG",
        "JUNE JUIN JUNI JUNIO GIUGNO JUNHO CZERWIEC CZERWCA CERVEN CERVNA CVN JUNIJ IUNIE HAZIRAN MEITHEAMH "
        "KESAKUU JUNIUS LIPANJ JUUNI BIRZELIS BIRZELIO BRZ JUNIJS GUNJU JUNY QERSHOR HUNYO IYUN",
        "JULY JUILLET JULI JULIO LUGLIO JULHO LIPIEC LIPCA CERVENEC CERVENCE CVC JULIJ IULIE TEMMUZ IUIL HEINAKUU "
        "JULIUS SRPANJ JUULI LIEPA LIEPOS JULIJS LULJU JULIOL JULAI KORRIK HULYO IYUL",
        "AUGUST AOUT AGOSTO AUGUSTUS AUGUSTI SIERPIEN SIERPNIA SRPEN SRPNA AVGUST AGUSTOS LUNASA ELOKUU AUGUSZTUS "
        "KOLOVOZ RUGPJUTIS RUGPJUCIO RGP AUGUSTS AWWISSU AGOST AGUSTUS OGOS AGUST GUSHT AVQUST AWGUST AUGUSTA",
        "SEPTEMBER SEPTEMBRE SEPTIEMBRE SETIEMBRE SETTEMBRE SETEMBRO WRZESIEN WRZESNIA ZARI SEPTEMBRIE EYLUL MFO "
        "MEAN SYYSKUU SZEPTEMBER RUJAN RUGSEJIS RUGSEJO RGS SEPTEMBRIS SETTEMBRU SETEMBRE SHTATOR SETYEMBRE "
        "SENTYABR SENTABR",
        "OCTOBER OCTOBRE OKTOBER OCTUBRE OTTOBRE OUTUBRO OKTOBAR PAZDZIERNIK RIJEN RIJNA OCTOMBRIE EKIM DFO "
        "DEIREADH LOKAKUU LISTOPADA OKTOOBER SPALIS SPALIO OKTOBRIS OTTUBRU TETOR OKTUBRE OKTYABR OKTABR",
        "NOVEMBER NOVEMBRE NOVIEMBRE NOVEMBRO LISTOPADA LISTOPADU NOIEMBRIE KASIM SAMHAIN MARRASKUU STUDENI "
        "LAPKRITIS LAPKRICIO NOVEMBRIS NOVEMBRU NENTOR NOBYEMBRE NOYABR",
        "DECEMBER DECEMBRE DEZEMBER DICIEMBRE DICEMBRE DEZEMBRO DESEMBER GRUDZIEN GRUDNIA PROSINEC PROSINAC "
        "DECEMBRIE ARALIK NOLLAIG JOULUKUU DETSEMBER GRUODIS GRUODZIO GRD DECEMBRIS DICEMBRU DESEMBRE DISEMBER "
        "DHJETOR DISYEMBRE DEKABR",
    )
)
"""The names of each month without accents, and abbreviations that no name begins with: English first, which a word that
stands alone is taken for."""
SHORTEST = 3
SLASH_ALIKE = "1IL"
LOOK_ALIKE = ("0ODQ", "1IL", "8B", "5S", "6GC", "2Z", "7T", "4A", "UV")


def number(words: Sequence[str]) -> int:
    """The month that all of these words say, in capitals without accents; 0 if none does, or if they say two months.

    A word that stands alone and begins two months is the one that it is in full: MEI is May in Dutch, and also begins
    the Irish June, which stands beside the English one. A word that is no month is passed over. Only where none is one
    may a character of each be misread, as one that looks like it, or the slash between two.
    """
    said = [months for word in words if (months := _named(word))]
    said = said or [months for word in words if (months := _misread(word) | _run_together(word))]
    both: frozenset[int] = reduce(frozenset.intersection, said) if said else frozenset()
    if len(both) > 1:
        english = both & {month for word in words for month in _english(word)}
        both = english or (_in_full(words[0]) if len(words) == 1 else frozenset())
    return next(iter(both)) if len(both) == 1 else 0


def _named(word: str) -> frozenset[int]:
    """The months whose name in some language is this word, or begins with it."""
    if len(word) < SHORTEST:
        return frozenset()
    return frozenset(at for at, names in enumerate(NAMES, 1) if any(name.startswith(word) for name in names))


def _in_full(word: str) -> frozenset[int]:
    return frozenset(at for at, names in enumerate(NAMES, 1) if word in names)


def _english(word: str) -> Iterator[int]:
    return (at for at, names in enumerate(NAMES, 1) if names[0].startswith(word))


def _misread(word: str) -> frozenset[int]:
    """The months that a word names with one of its characters exchanged for one that looks like it."""
    exchanged = (
        word[:place] + other + word[place + 1 :]
        for place, character in enumerate(word)
        for alike in LOOK_ALIKE
        if character in alike
        for other in alike
    )
    return frozenset(month for each in exchanged for month in _named(each))


def _run_together(word: str) -> frozenset[int]:
    """The months that a word names in two, where the slash between them was read as a letter."""
    cuts = (place for place, character in enumerate(word) if character in SLASH_ALIKE)
    pairs = ((word[:place], word[place + 1 :]) for place in cuts)
    return frozenset(number(pair) for pair in pairs if all(map(_named, pair))) - {0}
