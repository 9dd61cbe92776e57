"""Who stands in front of the camera: borrowed and stolen identities, minors, and people who merely changed."""

from __future__ import annotations

from datetime import timedelta

from evals.world.clock import years_before
from evals.world.scene import Scene, story


@story("kyc", "face_mismatch", fraud=True, ideal="reject", intolerable=True, doubt=0.05, proof=("face.similarity",))
def stolen_identity(scene: Scene) -> str:
    scene.papers.selfie_face = scene.outsider().face
    return "A genuine document of somebody else was used; the selfie shows another person."


@story("kyc", "face_mismatch", fraud=True, ideal="reject", doubt=0.2, proof=("face.similarity",))
def borrowed_by_sibling(scene: Scene) -> str:
    scene.papers.selfie_face = scene.outsider().face
    scene.says(scene.ago(hours=1), "I changed my hairstyle since the photo was taken.")
    return "Somebody opened an account with the genuine document of a sibling who knows nothing of it."


@story("kyc", "face_mismatch", ideal="approve", doubt=0.25)
def ageing_face(scene: Scene) -> str:
    papers = scene.papers
    papers.kind = "passport"
    years = scene.count(7, 9)
    if scene.person.birth > years_before(scene.flagged.date(), 30):
        scene.person.birth = papers.birth = years_before(scene.flagged.date(), scene.count(38, 60), scene.count(1, 300))
    papers.issue((scene.flagged - timedelta(days=365 * years)).date(), 10)
    papers.selfie_years = float(years)
    return f"The portrait is {years} years old and the customer has aged since."


@story("kyc", "face_mismatch", ideal="approve", doubt=0.2)
def dim_selfie(scene: Scene) -> str:
    scene.papers.selfie_light = 0.4
    return "The comparison upstream failed on a selfie in poor light; it is the same person."


@story(
    "kyc", "name_mismatch", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("face.similarity", "document.name_agreement"),
)  # fmt: skip
def borrowed_document(scene: Scene) -> str:
    owner, papers = scene.outsider(), scene.papers
    papers.surname, papers.given = owner.surname, owner.given
    papers.birth, papers.nationality = owner.birth, owner.nationality
    papers.portrait_face = owner.face
    return "The document belongs to an acquaintance: name, birth date and face are not those of the applicant."


@story("kyc", "name_mismatch", ideal="request_information", doubt=0.3, proof=("document.name_agreement",))
def married_name(scene: Scene) -> str:
    new = scene.outsider().surname
    scene.person.declared = f"{scene.person.given} {new}"
    scene.says(scene.ago(hours=3), "I married in spring. My document still shows my name at birth.")
    return "The customer applied under a married name while the document still shows the name at birth."


@story("kyc", "name_mismatch", ideal="approve", doubt=0.15)
def second_given_name(scene: Scene) -> str:
    scene.papers.given = f"{scene.person.given} {'Maria' if scene.person.sex == 'F' else 'Daniel'}"
    return "The document shows a second given name that the customer left out of the application."


@story(
    "kyc", "under_age", fraud=True, ideal="reject", intolerable=True, doubt=0.02,
    proof=("document.holder_age", "document.birth_date_agreement"),
)  # fmt: skip
def under_age(scene: Scene) -> str:
    papers, today = scene.papers, scene.flagged.date()
    papers.birth = years_before(today, scene.count(15, 17), scene.count(15, 300))
    papers.issue(today - timedelta(days=scene.count(60, 600)), 5)
    scene.person.birth = papers.birth.replace(year=papers.birth.year - 3, day=min(papers.birth.day, 28))
    return "A minor stated an earlier birth date than the genuine document shows."


@story("kyc", "under_age", ideal="approve", doubt=0.1)
def just_of_age(scene: Scene) -> str:
    birth = years_before(scene.flagged.date(), 18, scene.count(4, 60))
    scene.person.birth = scene.papers.birth = birth
    scene.papers.issue(scene.flagged.date() - timedelta(days=scene.count(60, 500)), 5)
    return "The customer has been of age for some days; the check upstream counted years only."


@story(
    "kyc", "duplicate_face", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("face.accounts_sharing", "forgery.verdict"),
)  # fmt: skip
def one_face_many_names(scene: Scene) -> str:
    papers, owner = scene.papers, scene.outsider()
    for _ in range(scene.count(3, 5)):
        scene.another(aged_days=scene.between(3, 60)).face = scene.person.face
    papers.portrait_face, papers.forgery, papers.pasted_face = owner.face, "portrait", scene.person.face
    return (
        "One person opened several accounts under different names, each with their own portrait put into the document."
    )


@story("kyc", "duplicate_face", ideal="request_information", doubt=0.35, proof=("face.accounts_sharing",))
def identical_twin(scene: Scene) -> str:
    twin = scene.another(aged_days=scene.between(100, 400), home=True)
    twin.face, twin.birth, twin.sex = scene.person.face, scene.person.birth, scene.person.sex
    return "The customer's identical twin, of the same home and birth date, has had an account for long."


@story("kyc", "duplicate_face", ideal="request_information", doubt=0.3, proof=("face.accounts_sharing",))
def forgotten_account(scene: Scene) -> str:
    old, person = scene.another(aged_days=scene.between(200, 390), home=True), scene.person
    old.given, old.face, old.birth, old.sex, old.number = (
        person.given,
        person.face,
        person.birth,
        person.sex,
        person.number,
    )
    old.logins_a_week, old.deposits_a_week = 0.1, 0.0
    scene.says(scene.ago(hours=5), "I think I had an account long ago but I cannot get into that e-mail any more.")
    return "The customer had forgotten an old account of their own and opened another under the same name."
