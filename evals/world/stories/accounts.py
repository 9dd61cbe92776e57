"""Accounts in the hands of somebody else, and owners who behave as thieves do."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import acos, cos, radians, sin

from evals.world.names import COUNTRIES, City
from evals.world.scene import Scene, story

STOLEN = ("new_device_withdrawal", "password_reset")


def _emptied(scene: Scene, device: str, city: City | None, hours: float, share: float, risk: float = 0.1) -> None:
    """Reset, new device, new address, withdrawal, within `hours` that end at the flag."""
    savings = scene.usd(6_000, 40_000)
    scene.savings(savings)
    start = scene.ago(hours=hours)
    target = scene.address(risk=risk)
    scene.event("password_reset", start, device)
    scene.login(start + timedelta(minutes=9), device, city)
    scene.event("second_factor_reset", start + timedelta(minutes=14), device)
    scene.event("address_added", start + timedelta(minutes=31), device)
    scene.withdraw(start + timedelta(minutes=scene.between(40, 110)), savings * share, target, device=device)


def _calm_until(scene: Scene, moment: datetime) -> None:
    """The owner's ordinary activity ends before the story begins."""
    scene.person.active_until = moment


def flight_hours(start: City, end: City) -> float:
    """Time from door to door at 650 km/h along the great circle."""
    lat1, lat2 = radians(start.latitude), radians(end.latitude)
    apart = radians(end.longitude - start.longitude)
    angle = acos(min(1.0, sin(lat1) * sin(lat2) + cos(lat1) * cos(lat2) * cos(apart)))
    return angle * 6371 / 650


@story(
    "account_takeover", *STOLEN, fraud=True, ideal="escalate", intolerable=True, doubt=0.05,
    proof=(
        "takeover.hours_from_new_device", "takeover.reset_before_withdrawal", "takeover.new_address",
        "login.max_speed_kmh",
    ),
)  # fmt: skip
def account_takeover(scene: Scene) -> str:
    city, device = scene.far_city(), scene.device("android", emulator=scene.rng.random() < 0.3)
    scene.login(scene.ago(hours=scene.between(5.5, 7)))
    for minutes in range(scene.count(3, 7)):
        scene.login(scene.ago(hours=4.9 - minutes / 60), device, city, success=False)
    _emptied(scene, device, city, hours=4.5, share=scene.between(0.93, 0.99), risk=0.55)
    scene.says(scene.ago(hours=1), "I did not make this withdrawal! Somebody is in my account, please stop it.")
    return "A thief guessed the way in from abroad, reset the password and emptied the account to a new address."


@story(
    "account_takeover", *STOLEN, fraud=True, ideal="escalate", intolerable=True, doubt=0.2,
    proof=("takeover.hours_from_new_device", "takeover.reset_before_withdrawal", "takeover.new_address"),
)  # fmt: skip
def takeover_unnoticed(scene: Scene) -> str:
    device = scene.device("windows")
    _calm_until(scene, scene.ago(days=2))
    _emptied(scene, device, scene.far_city(), hours=scene.between(3, 8), share=scene.between(0.9, 0.99), risk=0.3)
    return "A thief took over the account with a phished password; the owner has not noticed yet."


@story("account_takeover", *STOLEN, fraud=True, ideal="escalate", doubt=0.5)
def sim_swap_next_door(scene: Scene) -> str:
    device = scene.device("ios")
    _calm_until(scene, scene.ago(days=1))
    _emptied(scene, device, None, hours=scene.between(20, 60), share=scene.between(0.5, 0.7))
    return (
        "A neighbour had the owner's number moved to a new phone and took part of the balance, which no record shows."
    )


@story("account_takeover", *STOLEN, ideal="approve", doubt=0.35)
def phone_upgrade(scene: Scene) -> str:
    device = scene.device("ios")
    _calm_until(scene, scene.ago(days=3))
    _emptied(scene, device, None, hours=scene.between(30, 68), share=scene.between(0.35, 0.65))
    scene.login(scene.ago(hours=scene.between(1, 20)))
    return (
        "The owner got a new phone, set everything up again and moved a part of the savings to a wallet of their own."
    )


@story(
    "account_takeover", *STOLEN, ideal="request_information", doubt=0.35,
    proof=("takeover.reset_before_withdrawal",),
)  # fmt: skip
def robbed_on_holiday(scene: Scene) -> str:
    city, device = scene.far_city(), scene.device("android")
    _calm_until(scene, scene.ago(days=6))
    scene.says(scene.ago(days=5), "I am travelling for two weeks and will log in from abroad.")
    scene.login(scene.ago(days=3.5), city=city)
    _emptied(scene, device, city, hours=scene.between(18, 30), share=scene.between(0.4, 0.6))
    scene.says(scene.ago(hours=32), "My phone was stolen on the trip, I had to reset everything on a new one.")
    return "The owner's phone was stolen on a trip; they reset the account on a new one and moved money to safety."


@story(
    "account_takeover", "impossible_travel", fraud=True, ideal="escalate", intolerable=True, doubt=0.1,
    proof=("login.max_speed_kmh", "login.failed_24h", "support.reported_unauthorised"),
)  # fmt: skip
def stuffed_credentials(scene: Scene) -> str:
    city, device = scene.far_city(), scene.device("windows", emulator=True)
    scene.login(scene.ago(hours=6))
    for minutes in range(scene.count(8, 20)):
        scene.login(scene.ago(hours=5 - minutes / 60), device, city, success=False)
    scene.login(scene.ago(hours=4), device, city)
    scene.event("email_change", scene.ago(hours=3.8), device)
    scene.login(scene.ago(hours=3))
    scene.says(scene.ago(hours=2), "I got a mail that my e-mail address was changed. That was not me!")
    return "A list of leaked passwords was tried until one let a stranger in, while the owner was logged in at home."


@story("account_takeover", "impossible_travel", ideal="approve", doubt=0.15)
def traveller(scene: Scene) -> str:
    city = scene.far_city()
    scene.says(scene.ago(days=9), "I will be travelling abroad next week, please do not lock my account.")
    _calm_until(scene, scene.ago(days=4))
    scene.login(scene.ago(days=2, hours=flight_hours(scene.person.city, city)))
    for day in (2.0, 1.2, 0.3):
        scene.login(scene.ago(days=day), city=city)
    return "The customer flew to another country, said so before, and logged in there with the usual device."


@story("account_takeover", "impossible_travel", ideal="approve", doubt=0.3, proof=("login.max_speed_kmh",))
def privacy_tunnel(scene: Scene) -> str:
    exits = [city for country in COUNTRIES[:4] for city in country.cities if city.country != scene.person.city.country]
    for hours in (70.0, 46.0, 21.0, 5.0):
        scene.login(scene.ago(hours=hours))
        exit_city = exits[scene.count(0, len(exits) - 1)]
        scene.login(scene.ago(hours=hours - 0.6), city=exit_city)
    return "The customer logs in through a privacy tunnel with exits in other countries, always on the same device."
