"""What vision measures: frozen values that cross the package border, in process or over HTTP.

Similarities are cosines in [-1, 1]; every other score lies in [0, 1]. Boxes are pixels of the upright image
(after EXIF orientation and rotation), x to the right and y downwards.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FaceBand = Literal["match", "unclear", "mismatch"]
Verdict = Literal["genuine", "forged", "inconclusive"]
Agreement = Literal["match", "partial", "unsure", "mismatch", "absent"]
Region = Literal["portrait", "text", "mrz", "whole", "other"]
Severity = Literal["info", "low", "medium", "high"]
Challenge = Literal["turn_left", "turn_right", "nod", "blink"]
Source = Literal["visual", "mrz", "barcode", "application"]
DocumentType = Literal["passport", "id_card", "driving_licence", "visa", "unknown"]

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Cosine = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A value object: equal by content, never changed after it was made, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelVersion(Frozen):
    """Which weights made a measurement: their name and the sha256 of the file."""

    name: str
    sha256: str


class Box(Frozen):
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


class Quality(Frozen):
    """How far a capture can be trusted. `score` in [0, 1] is the weakest of the parts, each also in [0, 1]."""

    score: Share
    sharpness: Share
    exposure: Share
    size: Share
    note: str = ""


class FaceCount(Frozen):
    """Faces in an upright image, the largest first; `rotation` is the clockwise turn in degrees that found them."""

    count: int
    boxes: tuple[Box, ...]
    rotation: Literal[0, 90, 180, 270] = 0


class FacePair(Frozen):
    """One measurement for each of the two pictures that were compared."""

    left: Quality
    right: Quality

    @property
    def worse(self) -> float:
        """The score of the worse of the two."""
        return min(self.left.score, self.right.score)


class Faces(Frozen):
    """What was found in each of the two pictures."""

    left: FaceCount
    right: FaceCount


def face_band(similarity: float, match: float, mismatch: float) -> FaceBand:
    """Where a similarity lies: at or above `match`, below `mismatch`, or unclear between them."""
    if similarity >= match:
        return "match"
    return "mismatch" if similarity < mismatch else "unclear"


class Shortcomings(Frozen):
    """Why either of two pictures holds no single usable face; "" where it holds one."""

    left: str = ""
    right: str = ""


class FaceMatch(Frozen):
    """Similarity of the face in two pictures. `similarity`, `band` and `shared_detail` are None where either picture
    holds no single usable face; `shortcomings` then say why."""

    similarity: Cosine | None
    band: FaceBand | None
    quality: FacePair | None
    faces: Faces
    model: ModelVersion
    threshold: Cosine = Field(description="similarity at or above which the band is match")
    shared_detail: Cosine | None = Field(None, description="correlation of fine detail, near 1 in one photograph alone")
    shortcomings: Shortcomings = Shortcomings()

    def judged(self, match: float, mismatch: float) -> FaceMatch:
        """The same measurement under other thresholds."""
        band = None if self.similarity is None else face_band(self.similarity, match, mismatch)
        return self.model_copy(update={"band": band, "threshold": match})


class FaceEmbedding(Frozen):
    """A unit vector for the one face in a picture, as long as its model makes it (SFace: 128 numbers). None with a
    reason where there is no such face."""

    vector: tuple[float, ...] | None
    quality: Quality | None
    model: ModelVersion
    reason: str = ""


class Signal(Frozen):
    """One thing a reviewer can look at. `severity` orders the display and decides nothing."""

    code: str
    severity: Severity
    score: Share
    box: Box | None
    meaning: str


class ChallengeResult(Frozen):
    """Whether somebody in a clip did what was asked. `answered` is None where the clip cannot tell, for the `reason`
    given; `measured` is the size of the movement, a share of the face that depends on the challenge, and counts from
    `threshold` on."""

    asked: Challenge
    answered: bool | None
    measured: float | None
    threshold: float
    reason: str = ""


class Liveness(Frozen):
    """Whether a selfie or clip shows a live person. Without a model or enough quality the verdict is not_assessed and
    never live; what a clip shows of an attack by itself stands in the further fields, None where it cannot be told.

    `score` in [0, 1] is the model's, 1 is live. `identity` is the least cosine between two moments of a clip.
    """

    verdict: Literal["live", "attack", "not_assessed"]
    score: Share | None
    reason: str
    model: ModelVersion | None = None
    signals: tuple[Signal, ...] = ()
    quality: Quality | None = None
    frames: int = Field(1, description="frames in which one face was followed; 1 for a still")
    identity: Cosine | None = None
    identity_constant: bool | None = None
    challenge: ChallengeResult | None = None
    usable: bool | None = Field(None, description="a clip shows one face well enough to be judged")
    repeated: bool | None = Field(None, description="frames stand still or come again")
    screen: bool | None = Field(None, description="traces of a display that was filmed")
    converted: bool | None = Field(None, description="the file comes from software, not from a camera")


class ForgeryReport(Frozen):
    """Traces of tampering in a document image. `score` in [0, 1] is None where the verdict is inconclusive because the
    picture cannot tell; `signals` mark no place of a picture that counts as genuine; `heatmap_png` is a small grey PNG
    in base64, bright where traces are strongest."""

    verdict: Verdict
    score: Share | None
    recapture: Share | None = Field(description="probability that a screen or print was photographed, if known")
    region: Region
    operator: str = Field("", description="a guess at how it was edited, such as portrait or digit; empty where unsure")
    operator_score: Share | None = Field(None, description="how likely that guess is among the edits that are known")
    signals: tuple[Signal, ...]
    heatmap_png: str
    quality: Quality
    model: ModelVersion
    reason: str = ""


class ReadField(Frozen):
    """One field as read: its text, where it stands, and how sure the reader is (0 to 1)."""

    name: str
    text: str
    source: Literal["visual", "mrz", "barcode"]
    box: Box | None = None
    confidence: Share = 1.0


class Claim(Frozen):
    """One source's value of one field: as read, and in the form in which it is compared (dates as ISO 8601).

    `sure` is false where the reading itself explains a difference: a weak line, a check digit that fails. `cut` says
    that the value may end early."""

    source: Source
    text: str
    value: str
    box: Box | None = None
    sure: bool = True
    cut: bool = False


class Mrz(Frozen):
    """A machine readable zone after correction. `valid` is true when every check digit of ICAO 9303 agrees: none is
    among `failed_checks` nor, where the picture ends before the zone does, among `unread_checks`. MRV-A and MRV-B are
    those of visas, IDFRA that of the French identity card before 2021. `born_in` is what a valid zone tells of a birth
    date that its issuer does not know: a year, YYYY-MM, or "" for nothing."""

    kind: Literal["TD1", "TD2", "TD3", "MRV-A", "MRV-B", "IDFRA"]
    lines: tuple[str, ...]
    valid: bool
    failed_checks: tuple[str, ...]
    unread_checks: tuple[str, ...] = ()
    surname: str
    given_names: str
    number: str
    nationality: str
    birth_date: date | None
    expiry_date: date | None
    sex: str
    born_in: Annotated[str, Field(pattern=r"^(\d{4}(-\d\d)?)?$")] | None = None

    @property
    def cut_off(self) -> bool:
        """Whether all that is wrong with it is that the picture ends before it does."""
        return bool(self.unread_checks) and not self.failed_checks


class Barcode(Frozen):
    """A barcode of a document. `fields` holds what it says in a form that is known: the elements of an AAMVA licence,
    or the lines of a machine readable zone. Anything else is `opaque`; `text` is the beginning of it, whatever it says.
    """

    kind: Literal["PDF417", "QR"]
    content: Literal["aamva", "mrz", "opaque"]
    box: Box
    type: DocumentType = "unknown"
    fields: tuple[ReadField, ...] = ()
    text: str = ""


class DocumentReading(Frozen):
    """What a document says, by source, before anybody compares it with an application. `illegible` are, as
    they were read, values that have not the form of the field that their label names, and "unlabelled" dates and
    numbers that stand under no label, or values under a label of a field of which the zone or barcode confirms another
    that stands under such a label too. `several` is true where the picture shows more than one document: what was read
    is then of both, and of neither."""

    type: DocumentType
    country: str
    fields: tuple[ReadField, ...]
    illegible: tuple[ReadField, ...] = ()
    mrz: Mrz | None
    barcode: Barcode | None = None
    name: str
    number: str
    birth_date: date | None
    expiry_date: date | None
    name_mrz_visual: Agreement
    birth_date_mrz_visual: Agreement
    number_mrz_visual: Agreement
    expiry_mrz_visual: Agreement
    quality: Quality
    readable: bool
    several: bool = False
    model: ModelVersion
    turn: Literal[0, 90, 180, 270] = Field(0, description="clockwise turn in degrees that makes the picture upright")
    reason: str = ""
