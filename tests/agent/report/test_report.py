"""The page: self-contained, escaped, and complete even where pictures or evidence are missing."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape
from PIL import Image

from agent.case import Case, CaseFile, Draft, Finding, Flag, Leaf, Missing, Recommendation, Review, Statement
from agent.report import BoxMark, PictureOnPage, page
from tools.evidence import Evidence, Exhibit, Fact, Ledger, Provenance, Unavailable
from tools.registry import fact_specs
from tools.tool import Attachment

LETTER = "Thank you.\n\nPlease tell us who sent the money & why."
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }}"


class Tags(HTMLParser):
    """Collects what a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def exhibits() -> tuple[Exhibit, ...]:
    return (
        Exhibit(kind="timeline", title="Events", content=json.dumps([{"at": "2026-06-01T10:00:00", "what": HOSTILE}])),
        Exhibit(
            kind="graph",
            title="Shared",
            content=json.dumps({"nodes": [{"id": "a", "label": HOSTILE}, {"id": "b"}], "edges": [["a", "b", HOSTILE]]}),
        ),
        Exhibit(
            kind="boxes",
            title="Marks",
            of="document",
            content=json.dumps([{"box": [10, 20, 200, 100], "label": HOSTILE, "severity": "high"}]),
        ),
        Exhibit(kind="quotes", title="Chat", content=json.dumps([{"at": "2026-06-01T10:00:00", "text": HOSTILE}])),
        Exhibit(
            kind="fields",
            title="Fields",
            content=json.dumps(
                [{"name": "surname", "application": HOSTILE, "visual": "A", "mrz": None, "agreement": "mismatch"}]
            ),
        ),
    )


@pytest.fixture
def picture(tmp_path: Path) -> Attachment:
    encoded = io.BytesIO()
    Image.linear_gradient("L").resize((2200, 1400)).convert("RGB").save(encoded, "JPEG", comment=b"who took it")
    (tmp_path / "document.jpg").write_bytes(encoded.getvalue())
    return Attachment(role="document", path="document.jpg", sha256=hashlib.sha256(encoded.getvalue()).hexdigest())


def case_file(*attachments: Attachment, letter: str = "") -> CaseFile:
    made = Provenance(tool="sql.shared_devices", version="1")
    ledger = Ledger().append(
        Evidence(
            id="E1",
            tool="sql.shared_devices",
            trust="recorded",
            facts=(
                Fact(name="device.accounts_sharing", value=5),
                Fact(name="device.emulator", value=True),
                Fact(name="device.household_share", value=0.6443562610229276),
                Fact(name="gone.since", value=0.7867999999999999, unit="hours"),
            ),
            provenance=made,
            exhibits=exhibits(),
            notes=(HOSTILE,),
        )
    )
    ledger = ledger.append(Unavailable(id="E2", tool="liveness.assess", reason="no clip attached", provenance=made))
    leaf = Leaf(
        fact="device.household_share",
        evidence_id="E1",
        value=0.4297,
        comparator="<",
        threshold=0.43,
        threshold_name="few_at_home",
        distance=-0.0003,
        truth="true",
    )
    finding = Finding(
        rule="DEV-01",
        reason_code="SHARED_DEVICE",
        severity="adverse",
        title="Device shared by many accounts",
        references=("E1.device.accounts_sharing",),
        text="5 accounts share its device.",
        trace=(leaf,),
    )
    statement = Statement(
        text="5 accounts share its device.",
        references=("E1.device.accounts_sharing",),
        source="template",
        part="summary",
    )
    said = statement.model_copy(
        update={"part": "finding", "rules": ("DEV-01",), "source": "model", "text": "Its device serves 5 accounts."}
    )
    circumstances = Statement(text="Who: the account holder.", references=(), source="template")
    return CaseFile(
        case=Case(
            case_id="C-1042",
            type="ring",
            customer_id="U1",
            flagged_at="2026-06-02T08:00:00",
            due_at="2026-06-03T08:00:00",
            flags=(Flag(code=HOSTILE, raised_at="2026-06-02T08:00:00"),),
            attachments=attachments,
        ),
        attempt=1,
        ledger=ledger,
        policy_sha256="0" * 64,
        findings=(finding,),
        recommendation=Recommendation(
            disposition="escalate",
            confidence=0.93,
            row="ring",
            possible=("escalate",),
            open_facts=(),
            missing=(
                Missing(facts=("liveness.score",), tool="liveness.assess", reason="no clip attached", matters=False),
            ),
            flips=(),
        ),
        calls=(),
        roles=(),
        prompts={},
        model="",
        draft=Draft(
            case_id="C-1042",
            disposition="escalate",
            confidence=0.93,
            reason_codes=("SHARED_DEVICE",),
            statements=(statement, circumstances, said),
            customer_message=letter,
        ),
        timings_ms={},
    )


def test_the_page_runs_nothing_and_loads_nothing(picture: Attachment, tmp_path: Path) -> None:
    html = page(case_file(picture, letter=HOSTILE), tmp_path)
    tags = Tags()
    tags.feed(html)
    assert not tags.names & {"script", "iframe", "object", "embed", "link", "form", "img"}
    assert not tags.handlers
    assert {link.split(":")[0] for link in tags.links if not link.startswith("#")} <= {"data"}
    assert "default-src 'none'" in html
    assert "49" not in re.sub(r"base64,[^\"]*|sha256 \w+|[0-9a-f]{64}", "", html).split("<body>")[1]


def test_every_citation_leads_to_its_evidence(picture: Attachment, tmp_path: Path) -> None:
    html = page(case_file(picture, letter=LETTER), tmp_path)
    anchors = set(re.findall(r'id="([^"]+)"', html))
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', html)} <= anchors
    assert {"E1", "E2", "letter"} <= anchors
    assert "scroll-margin-top" in html, "the section bar would lie over what a link leads to"


def test_a_row_that_lacks_a_field_does_not_keep_the_page_from_being_made(tmp_path: Path) -> None:
    file = case_file()
    entry = file.ledger.entries[0]
    assert isinstance(entry, Evidence)
    bare = json.dumps([{"at": "2026-06-01T10:00:00"}])
    shown = (Exhibit(kind="timeline", title="Bare", content=bare), Exhibit(kind="quotes", title="Bare", content=bare))
    ledger = Ledger().append(entry.model_copy(update={"exhibits": shown}))
    html = page(file.model_copy(update={"ledger": ledger}), tmp_path)
    assert html.count("not recorded</") >= 2


def test_checks_stand_under_the_title_of_what_they_are_of(picture: Attachment, tmp_path: Path) -> None:
    row = json.dumps([{"name": "false match rate", "result": "up to 5.83%", "meaning": HOSTILE}])
    titles = ("Checks", "What it is worth", "Checks")
    checks = tuple(Exhibit(kind="checks", title=title, content=row) for title in titles)
    file, made = case_file(picture), Provenance(tool="face.match", version="2")
    entry = Evidence(id="E3", tool="face.match", trust="measured", facts=(), provenance=made, exhibits=checks)
    html = page(file.model_copy(update={"ledger": file.ledger.append(entry)}), tmp_path)
    found = re.findall(r'scope="rowgroup">([^<]*)</th>|<td>(false match rate</td><td>up to 5.83%</td><td>&lt;)', html)
    assert [title or "row" for title, _ in found] == ["Checks", "row", "row", "What it is worth", "row"]
    assert html.count("<th>check</th>") == 1


def test_the_first_screen_says_what_matters(tmp_path: Path) -> None:
    html = page(case_file(), tmp_path)
    for said in ("C-1042", "escalate", "0.93", "5 accounts share its device.", "a person decides", "no clip attached"):
        assert said in html


def test_the_page_says_every_statement_of_the_draft_and_who_worded_it(tmp_path: Path) -> None:
    file = case_file()
    html = page(file, tmp_path)
    assert all(f">{statement.text}</span>" in html for statement in file.draft.statements)
    assert html.count(">worded by the language model, checked<") == 1
    assert 'href="#E1"><code>E1.device.accounts_sharing</code>' in html


def test_the_letter_stands_in_a_frame_of_its_own(tmp_path: Path) -> None:
    html = page(case_file(letter=LETTER), tmp_path)
    framed = re.findall(r'<p class="letter">(.*?)</p>', html, re.DOTALL)
    assert [unescape(text) for text in framed] == [LETTER]
    assert html.count("who sent the money") == 1
    assert 'class="letter"' not in page(case_file(), tmp_path)


def test_figures_read_as_in_the_draft(tmp_path: Path) -> None:
    html = page(case_file(), tmp_path)
    cells = re.findall("<td>(.*?)</td>", html)
    assert {"5", "yes", "64%", "0.79 hours"} <= set(cells)
    assert "42.97%, below the 43.00% threshold" in cells
    assert not re.search(r"True|False|None|\d\.\d{5}", " ".join(cells))


def test_a_fact_stands_beside_what_it_tells(tmp_path: Path) -> None:
    html, told = page(case_file(), tmp_path), escape(fact_specs()["device.household_share"].meaning)
    row = r'<th scope="row"><code>device.household_share</code></th><td>64%</td>'
    assert re.search(rf"{row}<td[^>]*>{re.escape(told)}</td>", html)
    assert f'<code title="{told}">E1.device.household_share</code>' in html
    assert '<code>gone.since</code></th><td>0.79 hours</td><td class="muted"></td>' in html


def test_pictures_are_encoded_again_and_marks_scaled(picture: Attachment, tmp_path: Path) -> None:
    html = page(case_file(picture), tmp_path)
    assert 'viewBox="0 0 1100 700"' in html
    assert 'width="100.0" height="50.0"' in html
    assert "who took it" not in html


def test_a_clip_is_told_to_be_frames_in_order() -> None:
    clip = PictureOnPage("clip", "", 100, 100, 1.0, (), "")
    assert clip.shows == "clip: six frames from first to last, row by row"


def test_what_confidence_means_can_be_read_without_a_pointer(tmp_path: Path) -> None:
    assert re.search(r"<dt>Confidence</dt><dd>[^<]*not the probability of fraud", page(case_file(), tmp_path))


def test_marks_bear_numbers_and_each_label_stands_once_below() -> None:
    marks = [("traces", "medium"), ("surname", "info"), ("surname", "high"), ("traces", "low")]
    shown = tuple(BoxMark(box=(0, 0, 9, 9), label=label, severity=severity) for label, severity in marks)
    picture = PictureOnPage("document", "", 100, 100, 1.0, shown, "")
    assert [number for number, _ in picture.numbered] == [1, 2, 3]
    assert picture.legend == (("1, 3", "traces"), ("2", "surname"))


def test_a_picture_that_changed_is_named_and_not_shown(picture: Attachment, tmp_path: Path) -> None:
    (tmp_path / "document.jpg").write_bytes(b"something else")
    html = page(case_file(picture), tmp_path)
    assert "is not the file that came with the case" in html
    assert "data:image/jpeg" not in html


def test_the_same_file_gives_the_same_page(picture: Attachment, tmp_path: Path) -> None:
    assert page(case_file(picture), tmp_path) == page(case_file(picture), tmp_path)


def test_the_page_of_a_decided_case_says_who_decided_what(tmp_path: Path, make_review: Callable[..., Review]) -> None:
    file = case_file()
    first = make_review(file, reviewer="anna", disposition="reject", outcome="confirmed_fraud", comment=HOSTILE)
    second = make_review(file, reviewer="bo\u202e", attempt=2, cited=("E1",))
    html = page(file, tmp_path, (first, second), "closed")
    tags = Tags()
    tags.feed(html)
    assert not tags.names & {"script", "img"}
    decided = html[html.index('<section id="decisions"') : html.index('<section id="ledger"')]
    for said in ("reject · confirmed fraud", "anna, 2026-11-01 09:00 UTC", "bo, 2026-11-01", "on attempt 2, citing E1"):
        assert said in decided
    assert "Case status: <strong>closed</strong>" in html
    assert 'id="decisions"' not in page(file, tmp_path, (), "drafted")


def test_a_printed_page_tears_nothing_apart_and_hides_nothing(tmp_path: Path) -> None:
    printed = page(case_file(), tmp_path).partition("@media print {")[2].partition("</style>")[0]
    assert re.search(r"\.finding, \.decision, \.entry.* \{ break-inside: avoid; \}", printed)
    assert "h2, h3, summary { break-after: avoid; }" in printed
    assert "details::details-content { content-visibility: visible;" in printed
