"""The table of states is well-formed: every line has codes of the right length, once, and names."""

import re

from vision.document.states import STATES


def test_every_state_stands_once_with_its_codes_and_names() -> None:
    lines = re.sub(r"\n +", " ", STATES.strip()).splitlines()
    heads = [line.partition(": ")[0] for line in lines]
    assert [head for head in heads if not re.fullmatch(r"[A-Z]{3} [A-Z]{2}(\+[A-Z]{1,3})*", head)] == []
    codes = [code for head in heads for code in re.split(r"[ +]", head)]
    assert len(codes) == len(set(codes))
    assert len(lines) == 193 + 6  # the members of the United Nations, HKG, MAC, PSE, TWN, VAT and XKX
    assert all(all(name.strip() for name in line.partition(": ")[2].split(", ")) for line in lines)
