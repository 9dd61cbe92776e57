"""Many accounts in one hand, and families, flats and cafes that look like it."""

from __future__ import annotations

from evals.world.people import Person
from evals.world.scene import Scene, story


def _recruits(scene: Scene, count: int, device: str, days: tuple[float, float] = (15, 70)) -> list[Person]:
    """Young accounts that log in on one device, each some times."""
    members = [scene.another(aged_days=scene.between(*days)) for _ in range(count)]
    for member in members:
        member.logins_a_week = 0.5
        for _ in range(scene.count(2, 4)):
            scene.login(scene.ago(hours=scene.between(3, 13 * 24)), device, scene.person.city, who=member)
    return members


def _collect(scene: Scene, members: list[Person], address: str) -> None:
    """Every member pays in and sends nearly all of it to one address."""
    for member in members:
        scene.quiet(member)
        usd = scene.usd(400, 2_500)
        scene.deposit(scene.ago(days=scene.between(4, 10)), usd, who=member)
        scene.withdraw(scene.ago(days=scene.between(1, 3.5)), usd * 0.97, address, who=member)


def _used_here(scene: Scene, device: str, times: int = 3) -> None:
    for _ in range(times):
        scene.login(scene.ago(hours=scene.between(2, 12 * 24)), device)


@story(
    "ring", "shared_device", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("device.accounts_sharing", "device.emulator", "address.accounts_sharing"),
)  # fmt: skip
def device_ring(scene: Scene) -> str:
    device, address = scene.device("android", emulator=True), scene.address(risk=0.6)
    scene.open_account(scene.person, days=scene.between(20, 70))
    members = _recruits(scene, scene.count(5, 8), device)
    _used_here(scene, device)
    _collect(scene, [scene.person, *members], address)
    scene.earlier("confirmed_fraud", days=scene.between(15, 60), kind="ring", who=members[0])
    return "One operator runs a row of bought accounts on an emulator and collects their money at one address."


@story(
    "ring", "shared_device", "duplicate_face", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("device.accounts_sharing", "face.accounts_sharing", "forgery.verdict"),
)  # fmt: skip
def face_ring(scene: Scene) -> str:
    device, owner, papers = scene.device("windows"), scene.outsider(), scene.papers
    scene.open_account(scene.person, days=scene.between(20, 70))
    members = _recruits(scene, scene.count(3, 5), device)
    for member in members:
        member.face, member.sex = scene.person.face, scene.person.sex
    _used_here(scene, device)
    papers.portrait_face, papers.forgery, papers.pasted_face = owner.face, "portrait", scene.person.face
    return "One person opened a row of accounts on one computer, each with their own portrait in another's document."


@story("ring", "shared_device", fraud=True, ideal="escalate", doubt=0.5)
def patient_ring(scene: Scene) -> str:
    device = scene.device("android")
    for _ in range(2):
        helper = scene.another(aged_days=scene.between(150, 380), home=True)
        scene.login(scene.ago(days=scene.between(2, 11)), device, who=helper)
    _used_here(scene, device)
    return "Two helpers hold accounts for one operator; they registered his home and use his tablet as a family would."


@story("ring", "shared_device", ideal="approve", doubt=0.15)
def family_tablet(scene: Scene) -> str:
    device = scene.device("ios")
    for _ in range(scene.count(1, 3)):
        relative = scene.another(aged_days=scene.between(100, 390), home=True)
        relative.devices.append(device)
        scene.login(scene.ago(days=scene.between(2, 11)), device, who=relative)
    _used_here(scene, device)
    return "A family shares a tablet at home; each has an account of their own."


@story("ring", "shared_device", "duplicate_face", ideal="approve", doubt=0.3)
def sisters_tablet(scene: Scene) -> str:
    device = scene.device("ios")
    sister = scene.another(aged_days=scene.between(100, 390), home=True)
    _used_here(scene, device)
    scene.login(scene.ago(days=3), device, who=sister)
    return "Two sisters who share a tablet look alike, and the search for faces upstream took one for the other."


@story("ring", "shared_device", ideal="request_information", doubt=0.35, proof=("device.accounts_sharing",))
def internet_cafe(scene: Scene) -> str:
    device = scene.device("windows")
    _recruits(scene, scene.count(4, 6), device, days=(120, 390))
    _used_here(scene, device, times=2)
    return "The customer logged in on a computer of an internet cafe that other customers use as well."


@story(
    "ring", "shared_address", fraud=True, ideal="escalate", intolerable=True, doubt=0.15,
    proof=("address.accounts_sharing", "address.confirmed_fraud_sharing"),
)  # fmt: skip
def address_ring(scene: Scene) -> str:
    address = scene.address(risk=0.75)
    scene.open_account(scene.person, days=scene.between(20, 70))
    members = [scene.another(aged_days=scene.between(15, 70)) for _ in range(scene.count(4, 7))]
    _collect(scene, [scene.person, *members], address)
    for member in members[:2]:
        scene.earlier("confirmed_fraud", days=scene.between(10, 40), who=member)
    return "Accounts that seem to have nothing in common send all their money to one address."


@story("ring", "shared_address", ideal="approve", doubt=0.2)
def family_treasury(scene: Scene) -> str:
    address = scene.address(risk=0.02)
    scene.savings(scene.usd(4_000, 15_000))
    spouse = scene.another(aged_days=scene.between(200, 390), home=True)
    for person in (scene.person, spouse):
        scene.deposit(scene.ago(days=29), 900, who=person)
        for days in (25.0, 9.0):
            scene.withdraw(scene.ago(days=days), scene.usd(150, 350), address, who=person)
    return "A couple puts savings aside on one hardware wallet."
