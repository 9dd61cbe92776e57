"""Whether the selfie shows the document's holder, and whether the same face opened other accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from tools.attachments import attached
from tools.errors import NotPermitted, ToolError, Unusable, WarehouseError
from tools.evidence import AttachmentRole, Exhibit, FactSpec, Value
from tools.face_exhibits import worth
from tools.tool import Found, NoArguments, Sources, Subject, tool
from tools.vectors import TOLERANCE, squared, unit
from tools.warehouse import Rows, Warehouse
from vision.errors import BadImage, CaseworkError
from vision.types import FaceEmbedding, FaceMatch, ModelVersion
from vision.weights import PINNED


def compared_facts(name: str, other: str) -> tuple[FactSpec, FactSpec]:
    """What a comparison of the document's face with another picture's tells, under the name of a fact's first word."""
    both = f"of the faces on document and {other}"
    return (
        FactSpec(
            name=f"{name}.similarity",
            label=f"the similarity {both}",
            kind="number",
            low=-1,
            high=1,
            noise=0.03,
            meaning=f"cosine similarity {both}",
        ),
        FactSpec(
            name=f"{name}.quality",
            label=f"the quality {both}",
            kind="number",
            low=0,
            high=1,
            meaning="quality of the worse of the two faces",
        ),
    )


MATCH_FACTS = (
    *compared_facts("face", "selfie"),
    FactSpec(
        name="face.shared_detail",
        label="the fine detail that the two faces share",
        kind="number",
        low=-1,
        high=1,
        noise=0.01,
        meaning="correlation of the fine detail of the two faces, near 1 where they are one photograph",
    ),
    FactSpec(
        name="face.faces_on_document",
        label="faces on the document",
        kind="count",
        low=0,
        meaning="faces found on the document",
    ),
    FactSpec(
        name="face.faces_on_selfie",
        label="faces on the selfie",
        kind="count",
        low=0,
        meaning="faces found on the selfie",
    ),
)
REUSE_FACTS = (
    FactSpec(
        name="face.accounts_sharing",
        label="other accounts with the same face",
        kind="count",
        low=0,
        least=1,
        meaning="other accounts whose selfie shows this face",
    ),
)
DRAWN = 200
# Brute force over the index: half a million vectors take DuckDB 0.6 CPU seconds. Other engines lack the function. Of a
# vector that is not of length 1 the cosine may be anything, NaN among them, which is more than any threshold.
NEIGHBOURS = f"""WITH alike AS (
  SELECT customer_id, submission_id, CASE WHEN {unit("squared")} THEN similarity END AS similarity
  FROM (
    SELECT customer_id, submission_id, {squared("embedding")} AS squared,
      ARRAY_COSINE_SIMILARITY(embedding, CAST(:vector AS FLOAT[{{length}}])) AS similarity
    FROM face_index
    WHERE customer_id <> :customer_id
  ) AS compared
  WHERE similarity >= :threshold OR NOT ({unit("squared")})
), accounts AS (
  SELECT a.customer_id, MAX(a.similarity) AS similarity
  FROM alike AS a JOIN kyc_submissions AS s ON s.submission_id = a.submission_id
  WHERE s.submitted_at <= :as_of
  GROUP BY a.customer_id
)
SELECT customer_id, similarity, COUNT(similarity) OVER () AS sharing,
  COUNT(*) OVER () - COUNT(similarity) OVER () AS unusable
FROM accounts
ORDER BY similarity DESC NULLS LAST, customer_id
LIMIT {DRAWN}"""
"""The accounts with this face, the most alike first; then those with none alike and one that cannot be compared."""
COUNTED = "`casework warehouse check` counts them"
ANY_VECTOR = "SELECT 1 AS filled FROM face_index WHERE embedding IS NOT NULL LIMIT 1"


class ReuseArguments(BaseModel):
    """How alike two selfies must be to show the same face; None takes the source's own search threshold."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    threshold: float | None = Field(None, ge=-1, le=1)


@tool("face.match", MATCH_FACTS, trust="measured", cost=1.0, version="4", looks_at=("document", "selfie"))
def face_match(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Compare the face on the document with the face on the selfie."""
    measured = matched(subject, sources, "selfie")
    facts = compared("face", measured) | {
        "face.faces_on_document": measured.faces.left.count,
        "face.faces_on_selfie": measured.faces.right.count,
    }
    if measured.shared_detail is not None:
        facts["face.shared_detail"] = measured.shared_detail
    return found(facts, measured, "selfie", MATCH_FACTS, worth(sources.face_rates, measured, "selfie"))


def matched(subject: Subject, sources: Sources, other: AttachmentRole) -> FaceMatch:
    """The document compared with the `other` picture. Raises Unusable for those of the two that no decoder takes."""
    pictures = {role: attached(subject, sources, role) for role in ("document", other)}
    try:
        return sources.vision.match(*pictures.values())
    except BadImage as error:
        roles = tuple(role for role, picture in pictures.items() if _refused(picture, sources))
        raise Unusable(f"{' and '.join(roles or pictures)}: {error.what}", error.remedy, roles) from error


def _refused(picture: bytes, sources: Sources) -> bool:
    try:
        sources.vision.embed(picture)
    except BadImage:
        return True
    return False


def compared(name: str, measured: FaceMatch) -> dict[str, Value]:
    """The values of `compared_facts`, as far as they were measured."""
    facts: dict[str, Value] = {}
    if measured.quality is not None:
        facts[f"{name}.quality"] = measured.quality.worse
    if measured.similarity is not None:
        # The cosine of a vector with itself can come out a rounding error above one.
        facts[f"{name}.similarity"] = measured.similarity
    return facts


def found(
    facts: Mapping[str, Value],
    measured: FaceMatch,
    other: AttachmentRole,
    specs: Sequence[FactSpec],
    exhibits: tuple[Exhibit, ...],
) -> Found:
    """What a comparison of the document with the `other` picture came to, with the reason for what it did not tell."""
    pictures: tuple[AttachmentRole, ...] = ("document", other)
    short = dict(zip(pictures, (measured.shortcomings.left, measured.shortcomings.right), strict=True))
    at_fault = tuple(role for role, reason in short.items() if reason)
    reason = "; ".join(f"{role}: {short[role]}" for role in at_fault) or "it could not be measured"
    notes = tuple(f"{spec.name}: {reason}" for spec in specs if spec.name not in facts)
    source = f"{measured.model.name} {measured.model.sha256[:12]}"
    return Found(facts, exhibits, notes, source=source, roles=at_fault)


@tool(
    "face.reuse",
    REUSE_FACTS,
    trust="measured",
    cost=1.0,
    version="3",
    arguments=ReuseArguments,
    audited="face.accounts_sharing",
    looks_at=("selfie",),
)
def face_reuse(subject: Subject, sources: Sources, arguments: ReuseArguments) -> Found:
    """Search the selfies of all other accounts for the face on this one.

    Raises ToolError where nobody is found and accounts could not be compared: what the index lacks is ours to mend.
    """
    if not sources.face_search_allowed:
        what = "searching the faces of all accounts is not permitted here"
        raise NotPermitted(what, "set FACE_SEARCH_ALLOWED if the law and your customers' consent permit it")
    try:
        vector, model = _to_find(subject, sources)
    except CaseworkError as error:
        error.begun = False
        raise
    threshold = sources.face_search if arguments.threshold is None else arguments.threshold
    rows = sources.warehouse.query(
        NEIGHBOURS.format(length=len(vector)),
        {
            "vector": json.dumps(vector),
            "customer_id": subject.customer_id,
            "as_of": subject.moment,
            "threshold": threshold,
        },
    )
    sharing, unusable = (rows[0]["sharing"], rows[0]["unusable"]) if rows else (0, 0)
    if unusable and not sharing:
        raise ToolError(f"nobody is known to share the face, and {_left_out(unusable)}", COUNTED)
    return Found(
        facts={"face.accounts_sharing": sharing},
        exhibits=(_sharing(subject, rows),) if sharing else (),
        notes=(f"face.accounts_sharing: at least so many, and {_left_out(unusable)}; {COUNTED}",) if unusable else (),
        source=f"warehouse: face_index; {model.name} {model.sha256[:12]}",
    )


def _to_find(subject: Subject, sources: Sources) -> tuple[tuple[float, ...], ModelVersion]:
    """The vector to search for, and the recogniser that made it. Nobody is searched for where this fails."""
    selfie = attached(subject, sources, "selfie")
    _require_vectors(sources.warehouse)
    measured = sources.vision.embed(selfie)
    _check_index(sources.face_index_model, measured.model)
    return _vector(measured), measured.model


def _require_vectors(warehouse: Warehouse) -> None:
    """Hold that there is an index to search. Raises WarehouseError where a table is empty, or the index has rows and
    not one vector."""
    empty = warehouse.require("face_index", "kyc_submissions")
    if "face_index" not in empty and not warehouse.query(ANY_VECTOR, {}):
        what = "column 'embedding' of table 'face_index' holds no vector"
        raise WarehouseError(what, "load the vectors, or name the table in WAREHOUSE_WITHOUT if it is rightly empty")


def _check_index(index_model: str, used: ModelVersion) -> None:
    """Vectors of two recognisers have nothing in common: a search among the other's finds nobody, which reads as
    innocence. Raises ToolError where the index was made with another one than is in use."""
    made_with = (index_model or PINNED["sface"].sha256).lower()
    if used.sha256.lower() != made_with:
        what = f"the face index was made with another recogniser ({made_with[:12]}) than {used.sha256[:12]}"
        raise ToolError(what, "build it again, and set FACE_INDEX_MODEL_SHA256 to the recogniser that made it")


def _vector(measured: FaceEmbedding) -> tuple[float, ...]:
    """The vector to search for. Raises Unusable where the selfie shows no usable face, ToolError for a vector that
    cannot be compared."""
    if measured.vector is None:
        raise Unusable("the selfie shows no single usable face", measured.reason or "ask for another selfie")
    if not abs(sum(each * each for each in measured.vector) - 1) <= TOLERANCE:
        what = f"{measured.model.name!r} described the selfie by a vector that is not of length 1"
        raise ToolError(what, "correct the recogniser that FACE_MODEL names, or the server at VISION_URL")
    return measured.vector


def _left_out(unusable: int) -> str:
    """The accounts whose vectors cannot be compared: who is found is found, but nobody is cleared by a search that left
    accounts out."""
    accounts = f"{unusable:,} other account{'' if unusable == 1 else 's'} could not be compared"
    return f"{accounts}: the face index holds vectors that are not of length 1"


def _sharing(subject: Subject, rows: Rows) -> Exhibit:
    found = [row for row in rows if row["similarity"] is not None]
    me = {"id": f"customer:{subject.customer_id}", "kind": "customer", "label": subject.customer_id}
    others = [
        {"id": f"customer:{name}", "kind": "customer", "label": name} for name in (row["customer_id"] for row in found)
    ]
    edges = [[me["id"], f"customer:{row['customer_id']}", f"same face, {row['similarity']:.2f}"] for row in found]
    content = json.dumps({"nodes": [me, *others], "edges": edges})
    more = f": the {DRAWN} most alike of {rows[0]['sharing']:,}" if rows[0]["sharing"] > DRAWN else ""
    return Exhibit(kind="graph", title=f"Accounts with the same face{more}", content=content)
