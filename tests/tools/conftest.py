"""A tiny exchange in a real DuckDB file, and a Vision whose measurements are fixed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tools.catalogue import load_catalogue
from tools.playbook import load_playbook
from tools.tool import Attachment, Found, Sources, Subject
from tools.warehouse import Warehouse
from vision.consistency.crosscheck import compare
from vision.consistency.report import Check, ConsistencyReport
from vision.document.sources import claims
from vision.rates import FaceBench
from vision.types import (
    Box,
    Challenge,
    DocumentReading,
    FaceCount,
    FaceEmbedding,
    FaceMatch,
    FacePair,
    Faces,
    ForgeryReport,
    Liveness,
    ModelVersion,
    Mrz,
    Quality,
    ReadField,
    Shortcomings,
    Signal,
)

NOW = datetime.fromisoformat("2026-06-01T12:00:00")
ME = "C1"
STRANGER = "Z9"
LONG_AGO = datetime.fromisoformat("2001-01-01T00:00:00")
QUALITY = Quality(score=0.8, sharpness=0.8, exposure=0.9, size=1.0)
MODEL = ModelVersion(name="fixed", sha256="ab" * 32)
FILLER = {
    "VARCHAR": "x",
    "DATE": date(1950, 1, 1),
    "TIMESTAMP": LONG_AGO,
    "BOOLEAN": False,
    "FLOAT[128]": [1.0] + [0.0] * 127,
}

SCHEMA = ";".join(
    f'CREATE TABLE "{table.name}" (' + ", ".join(f'"{c.name}" {c.type}' for c in table.columns) + ")"
    for table in load_catalogue().tables
)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


class Exchange:
    """Rows by table. Every table begins with one old row of a stranger, for a table without rows is a failed load."""

    me, stranger, now = ME, STRANGER, NOW

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.serial = 0
        for table in load_catalogue().tables:
            self.add(table.name, **dict.fromkeys(table.owners, STRANGER))
        self.rows["kyc_submissions"][0] |= {
            "document_number": "Z9-2001",
            "image_hash": (1 << 63) + 1,
            "portrait_hash": (1 << 64) - 1,
        }
        self.rows["watchlist"].clear()
        self.customer(ME)

    def add(self, table: str, **cells: Any) -> None:
        entry = load_catalogue().table(table)
        assert entry is not None
        self.serial += 1
        row: dict[str, Any] = {}
        for column in entry.columns:
            filler = column.codes[0] if column.coded else FILLER.get(column.type, 0)
            filler = f"{column.name}-{self.serial}" if column.key else filler
            row[column.name] = cells.pop(column.name, filler)
        assert not cells, f"no such columns: {sorted(cells)}"
        self.rows[table].append(row)

    @staticmethod
    def ago(**length: float) -> datetime:
        return ago(**length)

    def customer(self, name: str, **cells: Any) -> None:
        usual = {
            "created_at": ago(days=1000),
            "residence_country": "DEU",
            "kyc_level": 2,
            "residence_address": f"home {name}",
        }
        self.add("customers", customer_id=name, **(usual | cells))

    def deposit(self, at: datetime, usd: float, who: str = ME, **cells: Any) -> None:
        self.add(
            "deposits", customer_id=who, at=at, amount_usd=usd, **({"method": "bank", "chain_address": None} | cells)
        )

    def withdraw(self, at: datetime, usd: float, who: str = ME, **cells: Any) -> None:
        usual = {"method": "chain", "chain_address": None, "status": "completed", "device_id": None}
        self.add("withdrawals", customer_id=who, at=at, amount_usd=usd, **(usual | cells))

    def login(self, at: datetime, device: str = "D1", who: str = ME, **cells: Any) -> None:
        usual = {"country": "DEU", "latitude": 52.5, "longitude": 13.4, "success": True}
        self.add("logins", customer_id=who, at=at, device_id=device, **(usual | cells))

    def write(self) -> str:
        """Write the file anew and return its URL."""
        path = self.folder / "warehouse.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.begin()
            connection.execute(SCHEMA)
            for table in load_catalogue().tables:
                marks = ", ".join("?" for _ in table.columns)
                for row in self.rows[table.name]:
                    connection.execute(f'INSERT INTO "{table.name}" VALUES ({marks})', list(row.values()))
            connection.commit()
        return f"duckdb:///{path}"


@dataclass
class FixedVision:
    """A Vision that answers what it was told to, whatever the picture; of the back of a document what `behind`, and so
    on, say."""

    similarity: float | None = 0.7
    vector: tuple[float, ...] | None = (1.0, *[0.0] * 127)
    reading: DocumentReading | None = None
    report: ForgeryReport | None = None
    behind: DocumentReading | None = None
    report_behind: ForgeryReport | None = None
    back_checks: tuple[Check, ...] = ()
    alive: Liveness = field(
        default_factory=lambda: Liveness(verdict="not_assessed", score=None, reason="no model is configured")
    )
    checks: tuple[Check, ...] = ()
    seen: list[bytes] = field(default_factory=list)
    asked: Challenge | None = None

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        self.seen += [left, right]
        known = self.similarity is not None
        return FaceMatch(
            similarity=self.similarity,
            band="match" if known else None,
            quality=FacePair(left=QUALITY, right=QUALITY.model_copy(update={"score": 0.6})) if known else None,
            faces=Faces(left=FaceCount(count=1, boxes=()), right=FaceCount(count=1 if known else 2, boxes=())),
            model=MODEL,
            threshold=0.43,
            shared_detail=0.55 if known else None,
            shortcomings=Shortcomings(right="" if known else "2 faces of comparable size"),
        )

    def embed(self, picture: bytes) -> FaceEmbedding:
        self.seen.append(picture)
        return FaceEmbedding(vector=self.vector, quality=QUALITY, model=MODEL, reason="" if self.vector else "no face")

    def liveness(self, capture: bytes, challenge: Challenge | None = None, same_face: float | None = None) -> Liveness:
        self.seen.append(capture)
        self.asked = challenge
        return self.alive

    def forgery(self, document: bytes) -> ForgeryReport:
        self.seen.append(document)
        return (self.report_behind if b"back" in document else self.report) or forgery_report()

    def read(self, document: bytes) -> DocumentReading:
        self.seen.append(document)
        return (self.behind if b"back" in document else self.reading) or reading()

    def consistency(self, document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
        """The real comparison of the sources; the checks, which need a picture, are what they were told to be."""
        checks = self.back_checks if b"back" in document else self.checks
        return ConsistencyReport(crosschecks=compare(claims(reading.fields, reading.mrz)), checks=checks)


def reading(**changes: Any) -> DocumentReading:
    """A passport of Anna Example, born 1990-05-17, that agrees with itself."""
    mrz = Mrz(
        kind="TD3",
        lines=("P<UTOEXAMPLE<<ANNA", "X1234567"),
        valid=True,
        failed_checks=(),
        surname="EXAMPLE",
        given_names="ANNA",
        number="X1234567",
        nationality="UTO",
        birth_date=date(1990, 5, 17),
        expiry_date=date(2030, 1, 1),
        sex="F",
    )
    usual: dict[str, Any] = {
        "type": "passport",
        "country": "UTO",
        "fields": (
            ReadField(name="name", text="Anna Example", source="visual", box=Box(x=1, y=2, width=30, height=4)),
            ReadField(name="surname", text="EXAMPLE", source="mrz"),
            ReadField(name="given_names", text="ANNA", source="mrz"),
            ReadField(name="birth_date", text="1990-05-17", source="mrz"),
            ReadField(name="number", text="X1234567", source="mrz"),
        ),
        "mrz": mrz,
        "name": "ANNA EXAMPLE",
        "number": "X1234567",
        "birth_date": date(1990, 5, 17),
        "expiry_date": date(2030, 1, 1),
        "name_mrz_visual": "match",
        "birth_date_mrz_visual": "match",
        "number_mrz_visual": "match",
        "expiry_mrz_visual": "absent",
        "quality": QUALITY,
        "readable": True,
        "model": MODEL,
    }
    return DocumentReading.model_validate(usual | changes)


def forgery_report(**changes: Any) -> ForgeryReport:
    box = Box(x=5, y=6, width=70, height=80)
    usual: dict[str, Any] = {
        "verdict": "forged",
        "score": 0.9,
        "recapture": 0.1,
        "region": "portrait",
        "signals": (Signal(code="edge", severity="high", score=0.9, box=box, meaning="a seam around the portrait"),),
        "heatmap_png": "aGVhdA==",
        "quality": QUALITY,
        "model": MODEL,
    }
    return ForgeryReport.model_validate(usual | changes)


@dataclass(frozen=True)
class Desk:
    """Everything one tool call needs."""

    subject: Subject
    sources: Sources


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path)


@pytest.fixture
def opened(exchange: Exchange) -> Iterator[Callable[[], Warehouse]]:
    """Writes the exchange as it stands, each time it is called, and opens it."""
    warehouses: list[Warehouse] = []

    def again() -> Warehouse:
        for each in warehouses:
            each.close()
        warehouses.append(Warehouse.open(exchange.write()))
        return warehouses[-1]

    yield again
    for each in warehouses:
        each.close()


@pytest.fixture
def desk(exchange: Exchange, opened: Callable[[], Warehouse], tmp_path: Path) -> Callable[..., Desk]:
    """A subject with a document and a selfie on disk, over the exchange as it stands; other arguments are measured."""

    def make(
        roles: tuple[str, ...] = ("document", "selfie"),
        face_search: float = 0.50,
        face_search_allowed: bool = True,
        face_index_model: str = MODEL.sha256,
        face_rates: FaceBench | None = None,
        **measured: Any,
    ) -> Desk:
        attachments = []
        for role in roles:
            content = f"the bytes of the {role}".encode()
            (tmp_path / f"{role}.jpg").write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            attachments.append(Attachment(role=role, path=f"{role}.jpg", sha256=digest))  # type: ignore[arg-type]
        subject = Subject(customer_id=ME, as_of=NOW.isoformat() + "Z", attachments=tuple(attachments))
        faces = (face_search, face_search_allowed, face_index_model, face_rates)
        return Desk(subject, Sources(opened(), FixedVision(**measured), tmp_path, *faces))

    return make


@pytest.fixture(name="reading")
def reading_fixture() -> Callable[..., DocumentReading]:
    return reading


@pytest.fixture(name="forgery_report")
def forgery_report_fixture() -> Callable[..., ForgeryReport]:
    return forgery_report


@pytest.fixture
def ask(desk: Callable[..., Desk]) -> Callable[..., Found]:
    """Ask a playbook query by its stem about the exchange as it stands."""
    tools = {tool.name: tool for tool in load_playbook()}

    def run(stem: str, **arguments: Any) -> Found:
        there = desk()
        tool = tools[f"sql.{stem}"]
        return tool.run(there.subject, there.sources, tool.arguments(**arguments))

    return run
