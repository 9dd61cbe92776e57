"""Documents that were altered, copied or badly captured, and sound ones that look as if they had been."""

from __future__ import annotations

from datetime import timedelta

from evals.world.clock import years_before
from evals.world.people import another_spelling
from evals.world.scene import Scene, story

# An altered page.


@story(
    "kyc", "document_forgery", fraud=True, ideal="reject", intolerable=True, doubt=0.05,
    proof=("forgery.verdict", "forgery.score", "forgery.region"),
)  # fmt: skip
def portrait_substitution(scene: Scene) -> str:
    owner = scene.outsider()
    papers = scene.papers
    papers.portrait_face, papers.forgery, papers.pasted_face = owner.face, "portrait", scene.person.face
    return "Somebody put their own portrait into another person's document and took the selfie themselves."


@story(
    "kyc", "document_forgery", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("forgery.verdict", "forgery.score"),
)  # fmt: skip
def edited_name(scene: Scene) -> str:
    papers, owner = scene.papers, scene.outsider()
    papers.kind = "driving_licence"
    papers.surname, papers.forgery, papers.edits = owner.surname, "text", {"surname": scene.person.surname.upper()}
    return "The surname on a driving licence was overwritten with the one on the account."


@story("kyc", "document_forgery", ideal="approve", doubt=0.2)
def genuine_resave(scene: Scene) -> str:
    scene.papers.resaves = 2
    return "A sound document went through a messenger before it was uploaded, which left traces of compression."


@story("kyc", "document_forgery", "document_recapture", ideal="approve", doubt=0.15)
def worn_document(scene: Scene) -> str:
    scene.papers.capture = "phone"
    scene.papers.issue((scene.flagged - timedelta(days=8 * 365)).date(), 10)
    return "An old but sound document was photographed by phone and the detector upstream took its wear for an edit."


@story(
    "kyc", "mrz_mismatch", fraud=True, ideal="reject", intolerable=True, doubt=0.05,
    proof=("document.mrz_agreement", "document.birth_date_agreement"),
)  # fmt: skip
def edited_birth_date(scene: Scene) -> str:
    papers, person = scene.papers, scene.person
    papers.kind = "passport"
    papers.birth = years_before(scene.flagged.date(), scene.count(15, 17), scene.count(20, 300))
    person.birth = papers.birth.replace(year=papers.birth.year - 5, day=min(papers.birth.day, 28))
    papers.issue((scene.flagged - timedelta(days=scene.count(60, 500))).date(), 5)
    papers.forgery, papers.edits = "text", {"birth_date": person.birth}
    return (
        "A minor overwrote the printed birth date of a passport to be of age; the machine readable zone still tells it."
    )


@story(
    "kyc", "mrz_mismatch", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("document.mrz_agreement",),
)  # fmt: skip
def rewritten_mrz(scene: Scene) -> str:
    papers, owner = scene.papers, scene.outsider()
    papers.kind, papers.forgery = "passport", "mrz"
    papers.edits = {"surname": owner.surname.upper(), "birth_date": owner.birth, "number": owner.number}
    return (
        "The machine readable zone of a passport was rewritten with another person's data; the printed fields were not."
    )


@story("kyc", "mrz_mismatch", ideal="approve", doubt=0.25)
def transliterated_name(scene: Scene) -> str:
    person = scene.person
    person.declared = f"{another_spelling(person.given)} {another_spelling(person.surname)}"
    scene.papers.kind = "passport"
    scene.says(
        scene.ago(hours=1), "My passport writes my name in another transliteration than I do, is that a problem?"
    )
    return "The customer spells the name as banks do, the passport in another transliteration of the same script."


# The same picture on many accounts.


@story(
    "kyc", "shared_template", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("document.accounts_sharing_template", "forgery.verdict"),
)  # fmt: skip
def reused_template(scene: Scene) -> str:
    papers = scene.papers
    papers.forgery, papers.edits = "text", {"surname": scene.person.surname.upper(), "number": scene.person.number}
    papers.surname, papers.number = scene.outsider().surname, f"K{scene.stratum.number(417_733):08d}"
    for _ in range(scene.count(4, 7)):
        copy = scene.another(aged_days=scene.between(2, 50))
        copy.kind = papers.kind
        scene.copies.append(copy)
    return (
        "One photograph of a document served for many accounts, each time with another name and number written over it."
    )


@story("kyc", "shared_template", ideal="approve", doubt=0.2)
def same_copy_shop(scene: Scene) -> str:
    spouse = scene.another(aged_days=scene.between(1, 20), home=True)
    spouse.kind, scene.papers.capture = scene.papers.kind, "scan"
    scene.copies.append(spouse)
    return (
        "A couple had their cards of the same series scanned on one machine in one minute, so the pictures look alike."
    )


# Captures.


@story(
    "kyc", "document_recapture", fraud=True, ideal="request_resubmission", doubt=0.15,
    proof=("forgery.recapture",),
)  # fmt: skip
def screen_recapture(scene: Scene) -> str:
    owner = scene.outsider()
    papers = scene.papers
    papers.capture, papers.portrait_face = "screen", owner.face
    person = scene.person
    for each in (papers, person):
        each.surname, each.given = owner.surname, owner.given
        each.birth, each.nationality = owner.birth, owner.nationality
    person.face = papers.selfie_face = owner.face
    return (
        "A stolen picture of a document was shown on a screen and photographed, with a picture of its owner as selfie."
    )


@story("kyc", "document_recapture", ideal="request_resubmission", doubt=0.15, proof=("forgery.recapture",))
def photographed_print(scene: Scene) -> str:
    scene.papers.capture = "print"
    scene.says(scene.ago(hours=2), "My document is at the consulate, so I photographed the printed copy.")
    return "The customer did not have the document at hand and photographed a printed copy of it."


@story("kyc", "document_recapture", ideal="approve", doubt=0.15)
def glare_on_laminate(scene: Scene) -> str:
    scene.papers.capture = "phone"
    return "A sound document was photographed under a lamp; its laminate shone and was taken for a screen."


@story(
    "kyc", "document_quality", ideal="request_resubmission", doubt=0.1, proof=("document.readable", "document.quality")
)
def unreadable_capture(scene: Scene) -> str:
    scene.papers.capture = "blurred"
    return "A sound document was photographed out of focus and cannot be read."


@story("kyc", "document_quality", fraud=True, ideal="request_resubmission", doubt=0.2, proof=("document.readable",))
def blurred_on_purpose(scene: Scene) -> str:
    papers, owner = scene.papers, scene.outsider()
    papers.capture, papers.forgery = "blurred", "portrait"
    papers.portrait_face, papers.pasted_face = owner.face, scene.person.face
    return "A document with an exchanged portrait was photographed out of focus so that nobody would see the edit."


@story("kyc", "document_expired", ideal="request_resubmission", doubt=0.05, proof=("document.days_to_expiry",))
def expired_document(scene: Scene) -> str:
    expired = scene.flagged.date() - timedelta(days=scene.count(12, 400))
    scene.papers.issue(expired.replace(year=expired.year - 8, day=min(expired.day, 28)), 8)
    return "The customer did not notice that the document had expired."


@story(
    "kyc", "document_expired", fraud=True, ideal="reject", intolerable=True, doubt=0.15,
    proof=("face.similarity", "document.days_to_expiry"),
)  # fmt: skip
def expired_and_stolen(scene: Scene) -> str:
    owner = scene.outsider()
    expired_document.tell(scene)
    scene.papers.portrait_face = owner.face
    return "A lost document, expired since, was used by a finder who took the selfie themselves."
