"""Numbers that a state makes with a check of its own, and numbers that only specimens carry. Pure.

python-stdnum knows the arithmetic. The table says which of its modules belongs to which issuing state's documents, and
where the number stands: in the optional data of the machine readable zone, or as the document number itself. States of
legend and states without such a number are not assessed. So is a number of another form than the module's: optional
data may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Literal

from stdnum.exceptions import InvalidChecksum, ValidationError

from vision.consistency.report import Check
from vision.types import DocumentReading, Mrz

Place = Literal["optional", "number"]

NATIONAL: Mapping[str, tuple[tuple[Place, str], ...]] = {
    "BEL": (("optional", "be.nn"), ("number", "be.eid")), "BGR": (("optional", "bg.egn"),),
    "CHN": (("optional", "cn.ric"),), "CZE": (("optional", "cz.rc"),), "DNK": (("optional", "dk.cpr"),),
    "DOM": (("number", "do.cedula"),), "ECU": (("number", "ec.ci"),), "ESP": (("optional", "es.dni"),),
    "EST": (("optional", "ee.ik"),), "HRV": (("optional", "hr.oib"),),
    "ISL": (("optional", "is_.kennitala"),), "LTU": (("optional", "lt.asmens"),), "MEX": (("optional", "mx.curp"),),
    "MUS": (("number", "mu.nid"),), "NOR": (("optional", "no.fodselsnummer"),), "POL": (("optional", "pl.pesel"),),
    "PRT": (("number", "pt.cc"),), "ROU": (("optional", "ro.cnp"),), "SVK": (("optional", "sk.rc"),),
    "SVN": (("optional", "si.emso"),), "SWE": (("optional", "se.personnummer"),), "TUR": (("optional", "tr.tckimlik"),),
    "ZAF": (("optional", "za.idnr"),),
}  # fmt: skip
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


def checksum(reading: DocumentReading) -> Check:
    """Whether the national numbers of the issuing state pass that state's own check."""
    rules = NATIONAL.get(reading.country)
    if rules is None:
        why = f"no number of state {reading.country or 'unknown'!r} has a checksum that is known here"
        return Check(name="number_checksum", result="not_assessed", meaning=why)
    found = [(module, passes) for place, module in rules for passes in _verdicts(reading, place, module)]
    if not found:
        why = f"the document shows no number of the form that {reading.country} uses"
        return Check(name="number_checksum", result="not_assessed", meaning=why)
    wrong = [module for module, passes in found if not passes]
    names = ", ".join(wrong or [module for module, _ in found])
    return Check(
        name="number_checksum",
        result="failed" if wrong else "passed",
        meaning=f"checksum of {names} {'does not hold' if wrong else 'holds'}",
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


def _verdicts(reading: DocumentReading, place: Place, module: str) -> Iterator[bool]:
    """Whether each number found at a place passes, of those that have the module's form."""
    texts = _optional(reading.mrz) if place == "optional" else [reading.number]
    validate = import_module(f"stdnum.{module}").validate
    for text in filter(None, texts):
        try:
            validate(text)
        except InvalidChecksum:
            yield False
        except ValidationError:
            continue
        else:
            yield True


def _optional(zone: Mrz | None) -> Sequence[str]:
    if zone is None:
        return ()
    joined = "".join(zone.lines)
    return [joined[place].strip("<").replace("<", "") for place in OPTIONAL.get(zone.kind, ())]


def _counts(digits: str) -> bool:
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(digits)}
    return steps in ({1}, {9})
