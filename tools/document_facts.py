"""The facts that the tools of a document tell: of what it says, of its file, and of traces of tampering."""

from __future__ import annotations

from typing import get_args

from tools.evidence import FactSpec
from vision.consistency.report import Result
from vision.types import Agreement, DocumentType

AGREEMENTS: tuple[Agreement, ...] = get_args(Agreement)
DOCUMENT_TYPES = get_args(DocumentType)
RESULTS: tuple[Result, ...] = ("passed", "failed", "not_assessed")


def _agreement(name: str, label: str, meaning: str) -> FactSpec:
    return FactSpec(name=name, label=label, kind="category", meaning=meaning, choices=AGREEMENTS)


def _result(name: str, label: str, meaning: str) -> FactSpec:
    return FactSpec(name=name, label=label, kind="category", meaning=meaning, choices=RESULTS)


READ_FACTS = (
    FactSpec(
        name="document.several",
        label="more than one document in the picture",
        kind="flag",
        meaning="whether the picture shows more than one document",
    ),
    FactSpec(
        name="document.readable",
        label="legibility of the document",
        kind="flag",
        meaning="whether the document could be read",
    ),
    FactSpec(
        name="document.quality",
        label="the quality of the document's picture",
        kind="number",
        meaning="how far the capture can be trusted",
        low=0,
        high=1,
    ),
    FactSpec(
        name="document.type",
        label="the type of document",
        kind="category",
        meaning="what kind of document it is",
        choices=DOCUMENT_TYPES,
    ),
    FactSpec(
        name="document.days_to_expiry",
        label="the time until the document expires",
        kind="count",
        unit="days",
        meaning="days from the flag to the expiry date",
    ),
    FactSpec(
        name="document.holder_age",
        label="the age of the document's holder",
        kind="count",
        unit="years",
        low=0,
        meaning="age of the holder at the flag",
    ),
    FactSpec(
        name="document.mrz_valid",
        label="valid check digits in the machine readable zone",
        kind="flag",
        meaning="whether every check digit of the machine readable zone agrees",
    ),
    _agreement(
        "document.mrz_agreement",
        "agreement of the machine readable zone with the page",
        "machine readable zone against the visual zone, the worst field",
    ),
    FactSpec(
        name="document.names_comparable",
        label="names in letters that can be compared",
        kind="flag",
        meaning="whether document and application have names in letters that can be compared",
    ),
    _agreement(
        "document.name_agreement",
        "agreement of document and application on the name",
        "name on the document against the application",
    ),
    _agreement(
        "document.birth_date_agreement",
        "agreement of document and application on the birth date",
        "birth date on the document against the application",
    ),
    _agreement(
        "document.number_agreement",
        "agreement of document and application on the document number",
        "document number on the document against the application",
    ),
    _agreement(
        "document.account_name",
        "agreement of application and account on the name",
        "name on the application against that of the account's holder",
    ),
    _agreement(
        "document.account_birth_date",
        "agreement of application and account on the birth date",
        "birth date on the application against that of the account's holder",
    ),
    _agreement(
        "document.barcode_agreement",
        "agreement of the barcode with the document",
        "barcode against the other sources of the document, the worst",
    ),
    _agreement(
        "document.barcode_birth_date",
        "agreement of the barcode with the document on the birth date",
        "birth date in the barcode against the document's other sources",
    ),
    FactSpec(
        name="document.crosscheck_conflicts",
        label="fields in which the document contradicts itself",
        kind="count",
        low=0,
        meaning="fields of which two sources of the document say different things",
    ),
    FactSpec(
        name="document.number_check",
        label="the checksum of the national number",
        kind="category",
        meaning=(
            "whether the state's own checksum holds in its national numbers, and they tell the birth date and sex of "
            "the document"
        ),
        choices=(*RESULTS, "contradicts"),
    ),
    _result(
        "document.specimen_check",
        "the check for a specimen's data",
        "whether name and number are not those of a specimen",
    ),
    _result(
        "document.validity_check",
        "the check of the document's dates",
        "whether birth, issue and expiry can all be true",
    ),
    _result(
        "document.lettering_check",
        "the check of the lettering",
        "whether the letters of each field were made at one time",
    ),
    _result("document.colour_check", "the check for colour", "whether the page has colour"),
    _result("document.moire_check", "the check for moire", "whether no periodic pattern lies over the picture"),
)
FILE_FACTS = (
    _result(
        "file.editor_check",
        "the check for editing programs",
        "whether the programs that the file names neither edit nor generate pictures",
    ),
    _result(
        "file.dates_check",
        "the check of the file's dates",
        "whether the times in the file agree with each other and with the day of the flag",
    ),
    _result("file.revisions_check", "the check for later changes to the PDF", "whether a PDF was saved only once"),
)
FORGERY_FACTS = (
    FactSpec(
        name="forgery.score",
        label="the forgery score",
        kind="number",
        low=0,
        high=1,
        noise=0.05,
        meaning="traces of tampering",
    ),
    FactSpec(
        name="forgery.verdict",
        label="the forgery verdict",
        kind="category",
        choices=("genuine", "forged", "inconclusive"),
        meaning="what the traces amount to",
    ),
    FactSpec(
        name="forgery.region",
        label="the place of the strongest traces",
        kind="category",
        choices=("portrait", "text", "mrz", "whole", "other"),
        meaning="where the strongest traces are",
    ),
    FactSpec(
        name="forgery.recapture",
        label="the probability of a photographed screen or print",
        kind="number",
        low=0,
        high=1,
        noise=0.05,
        meaning="probability that a screen or a print was photographed",
    ),
    FactSpec(
        name="forgery.quality",
        label="the quality of the picture for the forgery check",
        kind="number",
        low=0,
        high=1,
        meaning="how far the capture can be trusted",
    ),
)
