"""The scripts that issuing states write beside Latin: words of the labels and titles, and names spelt in them.

Spelling goes letter by letter and serves no reader of the language: it makes a native line that belongs to its holder.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from zlib import crc32

import numpy as np

Script = Literal["latin", "cyrillic", "greek", "arabic", "devanagari", "georgian", "han", "hebrew", "armenian"]
FieldName = Literal["surname", "given_names", "nationality", "sex", "birth_date", "number", "issue_date", "expiry_date"]
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


ENGLISH = ("Surname", "Given names", "Nationality", "Sex", "Date of birth", "Document No.", "Date of issue",
           "Date of expiry")  # fmt: skip
SECOND = (
    ("", "", "", "", "", "", "", ""),
    ("Nom", "Prénoms", "Nationalité", "Sexe", "Date de naissance", "No.", "Délivré le", "Expire le"),
    ("Apellidos", "Nombres", "Nacionalidad", "Sexo", "Fecha de nacimiento", "Núm.", "Expedición", "Caducidad"),
    ("Cognome", "Nomi", "Cittadinanza", "Sesso", "Data di nascita", "N.", "Rilascio", "Scadenza"),
    ("Familienname", "Vornamen", "Staatsang.", "Geschl.", "Geburtsdatum", "Nr.", "Ausgestellt", "Gültig bis"),
)
"""Second languages of the labels in Latin script; the first form is a document in English alone."""
LICENCE_MARKS = ("1.", "2.", "", "", "3.", "5.", "4a.", "4b.")


@dataclass(frozen=True)
class Words:
    """What a document says in one script. `labels` follow the order of the fields, then the native name's own;
    `titles` are of the passport, the identity card and the driving licence."""

    labels: tuple[str, ...]
    titles: tuple[str, str, str]


WORDS: Mapping[Script, Words] = {
    "cyrillic": Words(
        ("Фамилия", "Имя", "Гражданство", "Пол", "Дата рождения", "Номер", "Дата выдачи", "Срок действия",
         "Фамилия, имя"),
        ("ПАСПОРТ", "УДОСТОВЕРЕНИЕ ЛИЧНОСТИ", "ВОДИТЕЛЬСКОЕ УДОСТОВЕРЕНИЕ"),
    ),
    "greek": Words(
        ("Επώνυμο", "Όνομα", "Ιθαγένεια", "Φύλο", "Ημ. γέννησης", "Αριθμός", "Έκδοση", "Λήξη", "Ονοματεπώνυμο"),
        ("ΔΙΑΒΑΤΗΡΙΟ", "ΔΕΛΤΙΟ ΤΑΥΤΟΤΗΤΑΣ", "ΑΔΕΙΑ ΟΔΗΓΗΣΗΣ"),
    ),
    "arabic": Words(
        ("اللقب", "الاسم", "الجنسية", "الجنس", "تاريخ الميلاد", "الرقم", "تاريخ الإصدار", "تاريخ الانتهاء",
         "الاسم الكامل"),
        ("جواز سفر", "بطاقة الهوية", "رخصة قيادة"),
    ),
    "devanagari": Words(
        ("उपनाम", "नाम", "राष्ट्रीयता", "लिंग", "जन्म तिथि", "संख्या", "जारी तिथि", "समाप्ति तिथि", "पूरा नाम"),
        ("पासपोर्ट", "पहचान पत्र", "चालन अनुज्ञप्ति"),
    ),
    "georgian": Words(
        ("გვარი", "სახელი", "მოქალაქეობა", "სქესი", "დაბადების თარიღი", "ნომერი", "გაცემის თარიღი", "მოქმედების ვადა",
         "გვარი და სახელი"),
        ("პასპორტი", "პირადობის მოწმობა", "მართვის მოწმობა"),
    ),
    "han": Words(
        ("姓", "名", "国籍", "性別", "生年月日", "番号", "発行日", "有効期限", "氏名"),
        ("旅券", "身分証明書", "運転免許証"),
    ),
    "hebrew": Words(
        ("שם משפחה", "שם פרטי", "אזרחות", "מין", "תאריך לידה", "מספר", "תאריך הנפקה", "בתוקף עד", "שם מלא"),
        ("דרכון", "תעודת זהות", "רישיון נהיגה"),
    ),
    "armenian": Words(
        ("Ազգանուն", "Անուն", "Քաղաքացիություն", "Սեռ", "Ծննդյան օր", "Համար", "Տրված է", "Վավեր է", "Անուն ազգանուն"),
        ("ԱՆՁՆԱԳԻՐ", "ՆՈՒՅՆԱԿԱՆԱՑՄԱՆ ՔԱՐՏ", "ՎԱՐՈՐԴԱԿԱՆ ՎԿԱՅԱԿԱՆ"),
    ),
}  # fmt: skip

LETTERS: Mapping[Script, str] = {
    "cyrillic": "А Б К Д Е Ф Г Х И Ж К Л М Н О П К Р С Т У В В КС Й З",
    "greek": "Α ΜΠ Κ ΝΤ Ε Φ Γ Χ Ι ΤΖ Κ Λ Μ Ν Ο Π Κ Ρ Σ Τ ΟΥ Β ΟΥ Ξ Υ Ζ",
    "arabic": "ا ب ك د ي ف غ ه ي ج ك ل م ن و ب ق ر س ت و ف و كس ي ز",
    "devanagari": "अ ब क द ए फ ग ह इ ज क ल म न ओ प क र स त उ व व क्स य ज",
    "georgian": "ა ბ კ დ ე ფ გ ჰ ი ჯ კ ლ მ ნ ო პ ქ რ ს ტ უ ვ ვ ქს ი ზ",
    "hebrew": "א ב ק ד א פ ג ה י ג ק ל מ נ ו פ ק ר ס ט ו ו ו קס י ז",
    "armenian": "Ա Բ Կ Դ Ե Ֆ Գ Հ Ի Ջ Կ Լ Մ Ն Ո Պ Ք Ռ Ս Տ ՈՒ Վ Վ ՔՍ Յ Զ",
}
"""What stands for the letters A to Z, in their order."""
VOWEL_SIGNS = {"अ": "ा", "ए": "े", "इ": "ि", "ओ": "ो", "उ": "ु"}
"""Devanagari vowels as they are written behind a consonant."""
HAN = "山川田中木村林森清水石井高橋北原東西南美春夏秋光明和正文安平"


def labels(rng: np.random.Generator, script: Script, numbered: bool) -> dict[str, str]:
    """The labels of the fields in Latin script, numbered as on a licence: English, and a second language drawn where
    no other script names the fields again."""
    other = SECOND[int(rng.integers(len(SECOND))) if script == "latin" else 0]
    marks = LICENCE_MARKS if numbered else ("",) * len(LICENCE_MARKS)
    joined = (
        f"{mark} {first}" + (f" / {second}" if second else "")
        for mark, first, second in zip(marks, ENGLISH, other, strict=True)
    )
    return {name: label.strip() for name, label in zip(get_args(FieldName), joined, strict=True)}


def native_labels(script: Script) -> dict[str, str]:
    """The labels of the fields, and of `native_name`, in a script other than Latin."""
    names = (*get_args(FieldName), "native_name")
    return {} if script == "latin" else dict(zip(names, WORDS[script].labels, strict=True))


def spell(text: str, script: Script) -> str:
    """A Latin name in another script; text without Latin letters, and Latin itself, stay as they are in capitals."""
    upper = text.upper()
    if script == "latin":
        return upper
    plain = unicodedata.normalize("NFKD", upper.replace("ß", "SS")).encode("ascii", "ignore").decode()
    words = "".join(letter if letter in LATIN else " " for letter in plain).split()
    return ("・" if script == "han" else " ").join(_word(word, script) for word in words)


def _word(word: str, script: Script) -> str:
    if script == "han":
        mixed = crc32(word.encode())
        return HAN[mixed % len(HAN)] + HAN[mixed // len(HAN) % len(HAN)]
    native = LETTERS[script].split()
    letters = [native[LATIN.index(letter)] for letter in word]
    if script != "devanagari":
        return "".join(letters)
    before = ["अ", *letters]
    return "".join(
        VOWEL_SIGNS.get(letter, letter) if last not in VOWEL_SIGNS else letter
        for last, letter in zip(before, letters, strict=False)
    )


def letters_of(script: Script) -> str:
    """Every character that this module can put on a page in a script."""
    words = WORDS[script]
    spelt = HAN + "・" if script == "han" else LETTERS[script]
    signs = "".join(VOWEL_SIGNS.values()) if script == "devanagari" else ""
    return "".join(sorted(set("".join((*words.labels, *words.titles)) + spelt + signs + " ")))
