"""Numbers that a state makes with a check of its own, and numbers that only specimens carry. Pure.

python-stdnum knows the arithmetic, and of many numbers the birth date and sex that they tell. The table says which of
its modules belongs to which issuing state's documents, and where the number stands: in the optional data of the machine
readable zone, or as the document number itself. States of legend and states without such a number are not assessed. So
is a number of another form than the module's: optional data may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from itertools import pairwise
from typing import Literal

from stdnum.exceptions import InvalidChecksum, ValidationError

from vision.consistency.report import Check
from vision.document.sources import Claims
from vision.types import Claim, DocumentReading, Mrz, Source

Place = Literal["optional", "number"]

NATIONAL: Mapping[str, tuple[tuple[Place, str], ...]] = {
    "BEL": (("optional", "be.nn"), ("number", "be.eid")), "BGR": (("optional", "bg.egn"),),
    "CZE": (("optional", "cz.rc"),), "DNK": (("optional", "dk.cpr"),),
    "DOM": (("number", "do.cedula"),), "ECU": (("number", "ec.ci"),), "ESP": (("optional", "es.dni"),),
    "EST": (("optional", "ee.ik"),), "HRV": (("optional", "hr.oib"),),
    "ISL": (("optional", "is_.kennitala"),), "LTU": (("optional", "lt.asmens"),),
    "MUS": (("number", "mu.nid"),), "NOR": (("optional", "no.fodselsnummer"),), "POL": (("optional", "pl.pesel"),),
    "PRT": (("number", "pt.cc"),), "ROU": (("optional", "ro.cnp"),), "SVK": (("optional", "sk.rc"),),
    "SVN": (("optional", "si.emso"),), "SWE": (("optional", "se.personnummer"),), "TUR": (("optional", "tr.tckimlik"),),
    "ZAF": (("optional", "za.idnr"),),
}  # fmt: skip
"""A number of more than fifteen characters finds no room in optional data: China's and Mexico's are not there."""
FOREIGNERS: Mapping[str, str] = {"bg.egn": "bg.pnf"}
"""Numbers of residents from abroad that have the form of the citizens' and a check digit of their own."""
UNCHECKED: Mapping[str, int] = {"dk.cpr": 10, "cz.rc": 9, "sk.rc": 9}
"""Lengths of numbers without a check digit: Denmark's since 2007, and Czech and Slovak ones from before 1954."""
TOLD_BY: Mapping[str, str] = {"sk.rc": "cz.rc", "lt.asmens": "ee.ik"}
"""Modules that tell the birth date and sex of another one's numbers, which are made alike."""
OPEN_CENTURY = frozenset({"be.nn", "ro.cnp", "se.personnummer", "za.idnr"})
"""Modules whose numbers do not always tell the century of the birth date."""
OPTIONAL: Mapping[str, tuple[slice, ...]] = {
    "TD3": (slice(72, 86),),
    "TD2": (slice(64, 71),),
    "TD1": (slice(15, 30), slice(48, 59)),
}
"""Optional data in the joined lines of a zone (ICAO 9303 parts 4 to 6)."""

SPECIMEN_NUMBERS = frozenset({
    "L898902C3", "L898902C", "D23145890", "C01X00T47", "C01X0006H", "L01X00T47", "T220001293", "SPECI2014", "SPECI2021",
})  # fmt: skip
"""The example of ICAO 9303 and German and Dutch specimens."""
SPECIMEN_WORDS = frozenset({"SPECIMEN", "MUSTERMANN", "MUSTERFRAU", "EXEMPLE", "MUESTRA", "VZOR"})
"""Words printed where a name would be, and surnames that nobody bears. Names that people do bear are left out."""
FEWEST_REPEATED = 6


@dataclass(frozen=True)
class _Number:
    """A number of a module's form, and whether its checksum holds; None where numbers of this form have none."""

    module: str
    text: str
    holds: bool | None


def checksum(reading: DocumentReading) -> Check:
    """Whether the national numbers of the issuing state pass that state's own check."""
    if reading.country not in NATIONAL:
        why = f"no number of state {reading.country or 'unknown'!r} has a checksum that is known here"
        return Check(name="number_checksum", result="not_assessed", meaning=why)
    found = _numbers(reading)
    checked = [number for number in found if number.holds is not None]
    if not checked:
        without = ", ".join(number.module for number in found)
        why = f"the document shows no number of the form that {reading.country} uses"
        why = f"numbers of {without} in this form have no checksum" if found else why
        return Check(name="number_checksum", result="not_assessed", meaning=why)
    wrong = [number for number in checked if not number.holds]
    names = ", ".join(number.module for number in wrong or checked)
    return Check(
        name="number_checksum",
        result="failed" if wrong else "passed",
        meaning=f"checksum of {names} {'does not hold' if wrong else 'holds'}",
    )


def holder(reading: DocumentReading, said: Claims) -> Check:
    """Whether the national numbers tell the birth date and the sex that the document has elsewhere.

    A forger of both zones forgets them; but so does a state that changes a sex and leaves the number. Only a number
    that passes its checksum is believed, or one without a checksum in a zone that passes its own."""
    whole = reading.mrz is not None and reading.mrz.valid
    believed = [number for number in _numbers(reading) if number.holds or (number.holds is None and whole)]
    found = [told for number in believed for told in _held(number, said)]
    if not found:
        why = "no national number tells a birth date or sex that was read elsewhere on the document"
        return Check(name="number_holder", result="not_assessed", meaning=why)
    problems = [problem for _, problem in found if problem]
    agreed = " and ".join(dict.fromkeys(what for what, _ in found))
    return Check(
        name="number_holder",
        result="failed" if problems else "passed",
        meaning="; ".join(problems) or f"the national number tells the document's {agreed}",
    )


def specimen(reading: DocumentReading) -> Check:
    """Whether name or number are ones that specimens and sample pictures carry."""
    number = re.sub(r"[^A-Z0-9]", "", reading.number.upper())
    digits = re.sub(r"\D", "", number)
    shown = set(re.findall(r"[A-Z]+", reading.name.upper()))
    reasons = {
        "number is that of a known specimen": number in SPECIMEN_NUMBERS,
        "number repeats one digit": len(digits) >= FEWEST_REPEATED and len(set(digits)) == 1,
        "number counts up or down": len(digits) >= FEWEST_REPEATED and _counts(digits),
        "name says that it is a specimen": bool(shown & SPECIMEN_WORDS),
    }
    told = [reason for reason, holds in reasons.items() if holds]
    if not number and not shown:
        return Check(name="specimen", result="not_assessed", meaning="neither name nor number was read")
    meaning = f"the {' and the '.join(told)}" if told else "neither name nor number is a specimen's"
    return Check(name="specimen", result="failed" if told else "passed", meaning=meaning)


def _numbers(reading: DocumentReading) -> list[_Number]:
    """The numbers of the issuing state on a document, of those that have a module's form."""
    rules = NATIONAL.get(reading.country, ())
    tried = (
        _number(module, text)
        for place, module in rules
        for text in (_optional(reading.mrz) if place == "optional" else [reading.number])
        if text
    )
    return [number for number in tried if number]


def _number(module: str, text: str) -> _Number | None:
    passes = _passes(module, text)
    if passes and len(re.sub(r"\W", "", text)) == UNCHECKED.get(module):
        return _Number(module, text, None)
    other = FOREIGNERS.get(module)
    if other and passes is not None and _passes(other, text):
        return _Number(other, text, True)
    return None if passes is None else _Number(module, text, passes)


def _passes(module: str, text: str) -> bool | None:
    """Whether a number passes its module's check; None where it has not the form."""
    try:
        import_module(f"stdnum.{module}").validate(text)
    except InvalidChecksum:
        return False
    except ValidationError:
        return None
    return True


def _held(number: _Number, said: Claims) -> Iterator[tuple[str, str]]:
    """What a number tells that stands elsewhere on the document too, each with the contradiction, if there is one."""
    sources: tuple[Source, ...] = ("visual", "barcode", "mrz")
    sure = [claim for source in sources if (claim := said.get(("birth_date", source))) and claim.sure and claim.value]
    born = _told(number, "get_birth_date")
    if isinstance(born, date) and sure:
        whole = sure[0].source == "visual" and number.module not in OPEN_CENTURY
        other = _other_day(born, sure[0], whole)
        yield "birth date", f"{number.module} tells the birth date {born}, not {sure[0].value}" if other else ""
    sexes = {claim.value for source in sources if (claim := said.get(("sex", source))) and claim.sure} & {"M", "F"}
    sex = _told(number, "get_gender")
    if isinstance(sex, str) and len(sexes) == 1:
        yield "sex", "" if sex in sexes else f"{number.module} tells the sex {sex}, not {sexes.pop()}"


def _other_day(born: date, claim: Claim, whole: bool) -> bool:
    """Whether a claim, which may be a year alone, is another day; its century counts where it is `whole`."""
    start = 0 if whole else 2
    return born.isoformat()[start : len(claim.value)] != claim.value[start:]


def _told(number: _Number, what: Literal["get_birth_date", "get_gender"]) -> object:
    """What a number tells; None where it does not."""
    tell = getattr(import_module(f"stdnum.{TOLD_BY.get(number.module, number.module)}"), what, None)
    try:
        told: object = tell(number.text) if tell else None
    except ValidationError:
        return None
    return told


def _optional(zone: Mrz | None) -> Sequence[str]:
    if zone is None:
        return ()
    joined = "".join(zone.lines)
    return [joined[place].strip("<").replace("<", "") for place in OPTIONAL.get(zone.kind, ())]


def _counts(digits: str) -> bool:
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(digits)}
    return steps in ({1}, {9})
