"""What stands in a cell where there is nothing: a word such as `unknown`, zeros, a number without a digit. It is the
same on many accounts and links none of them: a query takes it for lacking, and the survey counts it."""

from __future__ import annotations

import string
from collections.abc import Mapping

BLANKS = (
    r"\s"
    "\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
"""Inside a bracket of a pattern: blanks, and characters that are not seen."""
MARKS = (
    BLANKS + r"!-/:-@\[-`{-~"
    "\u2010-\u2027\u2030-\u205e\u2212\u3001\u3002\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
"""The same with all that is neither letter nor digit."""
NOUGHTS = "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០"
"""Of the digits that states print on documents; the nine others follow each in Unicode."""
LOOKALIKES = {"АВЕЅІЈКМНОРСТУХ": "ABESIJKMHOPCTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ": "ABEZHIKMNOPTYX"}
"""Cyrillic and Greek capitals that look as Latin ones do."""
ASCII = string.digits + string.ascii_letters
OTHERS = (
    "".join(chr(ord(nought) + each) for nought in NOUGHTS for each in range(10))
    + "".join(each + each.lower() for each in LOOKALIKES)
    + "".join(chr(ord(each) + 0xFEE0) for each in ASCII)
)
SAME = "0123456789" * len(NOUGHTS) + "".join(each + each.lower() for each in LOOKALIKES.values()) + ASCII
FOLDED = (
    f"CASE WHEN REGEXP_MATCHES({{cell}}, '[^ -~]') THEN TRANSLATE({{cell}}, '{OTHERS}', '{SAME}') ELSE {{cell}} END"
)
"""Digits and letters of another script or width as the ones of ASCII that they are, or look like."""

WORDS = (
    "n[ /]?a|nan|nil|null|none|unknown|undefined|empty|missing|default|test|tbd"
    "|not[ _-]?(available|applicable|provided|known|set)"
)
NOTHING = f"REGEXP_MATCHES(LOWER({{cell}}), '^[{MARKS}]*(({WORDS})[{MARKS}]*|(0x)?[0{MARKS}]*)$')"
"""A word for nothing, or but zeros and marks: `N/A`, `00000000-0000-0000-0000-000000000000`."""
SIGNS = f"REGEXP_REPLACE(UPPER({FOLDED}), '[{MARKS}]', '', 'g')"
"""The letters and digits of a document number; one of another script that looks like none of ours stays."""
NO_NUMBER = (
    f"({NOTHING} OR NOT REGEXP_MATCHES({SIGNS}, '[0-9]') OR REPLACE({SIGNS}, SUBSTR({SIGNS}, 1, 1), '') = ''"
    f" OR REGEXP_MATCHES({SIGNS}, '^0?123456(7(8(90?)?)?)?$'))"
)
"""No state numbers a document without a digit, with one sign alone, or 123456 and on."""
PLACEHOLDERS: Mapping[str, str] = {
    "device_id": NOTHING,
    "chain_address": NOTHING,
    "document_number": NO_NUMBER,
    "image_hash": "{cell} = 0",
    "portrait_hash": "{cell} = 0",
}
"""SQL for a cell that stands for nothing, by the name of its column."""
