"""Whether the selfie shows the document's holder, and whether the same face opened other accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from tools.attachments import attached
from tools.errors import NotPermitted, ToolError, Unusable
from tools.evidence import Exhibit, FactSpec, Value
from tools.face_exhibits import worth
from tools.tool import Found, NoArguments, Sources, Subject, tool
from tools.warehouse import Rows
from vision.types import FaceMatch, ModelVersion
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
        meaning="other accounts whose selfie shows this face",
    ),
)
# Brute force over the index: half a million vectors take DuckDB 0.6 CPU seconds. Other engines lack the function.
NEIGHBOURS = """
SELECT customer_id, MAX(similarity) AS similarity
FROM (
  SELECT f.customer_id,
    ARRAY_COSINE_SIMILARITY(f.embedding, CAST(:vector AS FLOAT[{length}])) AS similarity
  FROM face_index AS f
  JOIN kyc_submissions AS s ON s.submission_id = f.submission_id
  WHERE f.customer_id <> :customer_id AND s.submitted_at <= :as_of
) AS compared
WHERE similarity >= :threshold
GROUP BY customer_id
ORDER BY similarity DESC, customer_id
LIMIT 200
"""


class ReuseArguments(BaseModel):
    """How alike two selfies must be to show the same face; None takes the source's own search threshold."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    threshold: float | None = Field(None, ge=-1, le=1)


@tool("face.match", MATCH_FACTS, trust="measured", cost=1.0, version="3")
def face_match(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Compare the face on the document with the face on the selfie."""
    document = attached(subject, sources, "document")
    measured = sources.vision.match(document, attached(subject, sources, "selfie"))
    facts = compared("face", measured) | {
        "face.faces_on_document": measured.faces.left.count,
        "face.faces_on_selfie": measured.faces.right.count,
    }
    if measured.shared_detail is not None:
        facts["face.shared_detail"] = measured.shared_detail
    return found(facts, measured, "selfie", MATCH_FACTS, worth(sources.face_rates, measured, "selfie"))


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
    other: str,
    specs: Sequence[FactSpec],
    exhibits: tuple[Exhibit, ...],
) -> Found:
    """What a comparison of the document with the `other` picture came to, with the reason for what it did not tell."""
    sides = (("document", measured.shortcomings.left), (other, measured.shortcomings.right))
    reason = "; ".join(f"{side}: {short}" for side, short in sides if short) or "it could not be measured"
    notes = tuple(f"{spec.name}: {reason}" for spec in specs if spec.name not in facts)
    return Found(facts, exhibits, notes, source=f"{measured.model.name} {measured.model.sha256[:12]}")


@tool(
    "face.reuse",
    REUSE_FACTS,
    trust="measured",
    cost=1.0,
    arguments=ReuseArguments,
    audited="face.accounts_sharing",
)
def face_reuse(subject: Subject, sources: Sources, arguments: ReuseArguments) -> Found:
    """Search the selfies of all other accounts for the face on this one."""
    if not sources.face_search_allowed:
        what = "searching the faces of all accounts is not permitted here"
        raise NotPermitted(what, "set FACE_SEARCH_ALLOWED if the law and your customers' consent permit it")
    selfie = attached(subject, sources, "selfie")
    sources.warehouse.require("face_index", "kyc_submissions")
    measured = sources.vision.embed(selfie)
    _check_index(sources.face_index_model, measured.model)
    if measured.vector is None:
        raise Unusable("the selfie shows no single usable face", measured.reason or "ask for another selfie")
    threshold = sources.face_search if arguments.threshold is None else arguments.threshold
    rows = sources.warehouse.query(
        NEIGHBOURS.format(length=len(measured.vector)),
        {
            "vector": json.dumps(measured.vector),
            "customer_id": subject.customer_id,
            "as_of": subject.moment,
            "threshold": threshold,
        },
    )
    return Found(
        facts={"face.accounts_sharing": len(rows)},
        exhibits=(_sharing(subject, rows),) if rows else (),
        source=f"warehouse: face_index; {measured.model.name} {measured.model.sha256[:12]}",
    )


def _check_index(index_model: str, used: ModelVersion) -> None:
    """Vectors of two recognisers have nothing in common: a search among the other's finds nobody, which reads as
    innocence. Raises ToolError where the index was made with another one than is in use."""
    made_with = (index_model or PINNED["sface"].sha256).lower()
    if used.sha256.lower() != made_with:
        what = f"the face index was made with another recogniser ({made_with[:12]}) than {used.sha256[:12]}"
        raise ToolError(what, "build it again, and set FACE_INDEX_MODEL_SHA256 to the recogniser that made it")


def _sharing(subject: Subject, rows: Rows) -> Exhibit:
    me = {"id": f"customer:{subject.customer_id}", "kind": "customer", "label": subject.customer_id}
    others = [
        {"id": f"customer:{name}", "kind": "customer", "label": name} for name in (row["customer_id"] for row in rows)
    ]
    edges = [[me["id"], f"customer:{row['customer_id']}", f"same face, {row['similarity']:.2f}"] for row in rows]
    content = json.dumps({"nodes": [me, *others], "edges": edges})
    return Exhibit(kind="graph", title="Accounts with the same face", content=content)
