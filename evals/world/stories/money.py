"""Money that passes through: mules and launderers, and people whose money merely moves like theirs."""

from __future__ import annotations

from datetime import timedelta

from evals.world.scene import Scene, story


def _strangers_name(scene: Scene) -> str:
    return scene.stranger().name


def _asleep(scene: Scene) -> None:
    """An ordinary life on the account for a year or so, and then nothing for most of another."""
    person = scene.person
    scene.open_account(person, days=scene.between(390, 800))
    person.active_until, person.deposits_a_week = scene.ago(days=scene.between(200, 280)), 1.2


def _through(scene: Scene, times: int, usd: tuple[float, float], hours: tuple[float, float], days: float) -> None:
    """Deposits by strangers, each sent on to one address within hours."""
    address = scene.address(risk=0.5)
    for turn in range(times):
        amount = scene.usd(*usd)
        at = scene.ago(days=days * (turn + 1) / times)
        scene.deposit(at, amount, sender=_strangers_name(scene))
        scene.withdraw(at + timedelta(hours=scene.between(*hours)), amount * scene.between(0.96, 0.99), address)


def _in_and_partly_out(scene: Scene) -> None:
    """The same sum every month by bank, more than half of which leaves within hours."""
    scene.quiet()
    salary, part = scene.usd(1_800, 3_200), scene.between(0.5, 0.7)
    for days in [scene.between(1, 4), *scene.months()]:
        scene.deposit(scene.ago(days=days), salary)
        scene.withdraw(scene.ago(days=days, hours=-scene.between(5, 9)), salary * part, method="bank")


@story(
    "transactions", "rapid_in_out", fraud=True, ideal="escalate", intolerable=True, doubt=0.1,
    proof=("flow.in_out_hours", "flow.passthrough_share", "account.age_days"),
)  # fmt: skip
def mule(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(20, 60))
    scene.quiet()
    _through(scene, scene.count(8, 14), (600, 3_500), (0.3, 2.5), days=12)
    return "A recruited mule passes strangers' money on within hours and keeps a few per cent."


@story("transactions", "rapid_in_out", fraud=True, ideal="escalate", doubt=0.5)
def quiet_mule(scene: Scene) -> str:
    _in_and_partly_out(scene)
    return (
        "A mule is paid in her own name and sends a part on once a month; her flows are those of a salary and a rent."
    )


@story("transactions", "rapid_in_out", ideal="approve", doubt=0.3)
def salary_and_rent(scene: Scene) -> str:
    _in_and_partly_out(scene)
    return "The customer is paid through the exchange and pays the rent the same day."


@story("transactions", "rapid_in_out", ideal="approve", doubt=0.3, proof=("account.age_days", "account.kyc_level"))
def market_maker(scene: Scene) -> str:
    person = scene.person
    person.level = 2
    scene.open_account(person, days=scene.between(500, 900))
    scene.savings(scene.usd(80_000, 200_000))
    for turn in range(24):
        amount, at = scene.usd(4_000, 30_000), scene.ago(days=29 - 1.2 * turn)
        scene.deposit(at, amount, "chain", address=person.wallet)
        scene.withdraw(at + timedelta(hours=scene.between(1, 9)), amount * scene.between(0.9, 1.05), person.wallet)
    return "A professional market maker moves the same funds between exchanges every day."


@story(
    "transactions", "structuring", fraud=True, ideal="escalate", intolerable=True, doubt=0.15,
    proof=("flow.near_limit_deposits", "flow.near_limit_share"),
)  # fmt: skip
def structuring(scene: Scene) -> str:
    scene.savings(scene.usd(500, 3_000))
    total = 0.0
    for turn in range(scene.count(6, 10)):
        amount = scene.usd(8_700, 9_950)
        scene.deposit(scene.ago(days=14 - 1.3 * turn), amount, sender=_strangers_name(scene))
        total += amount
    scene.withdraw(scene.ago(hours=7), total * 0.95, scene.address(risk=0.65))
    return "Cash of unknown origin was paid in by several hands in sums just below the reporting limit and sent away."


@story("transactions", "structuring", ideal="request_information", doubt=0.3, proof=("flow.near_limit_deposits",))
def sold_the_car(scene: Scene) -> str:
    scene.savings(scene.usd(1_000, 3_000))
    buyer = _strangers_name(scene)
    for days in (23.0, 15.0, 7.0):
        scene.deposit(scene.ago(days=days), scene.usd(8_900, 9_500), sender=buyer)
    scene.says(scene.ago(days=6), "The three payments are for my old car, the buyer pays in instalments.")
    return "The customer sold a car and was paid in three instalments that happen to lie below the limit."


@story("transactions", "structuring", ideal="approve", doubt=0.2)
def bank_limit(scene: Scene) -> str:
    person = scene.person
    scene.open_account(person, days=scene.between(500, 900))
    scene.savings(scene.usd(20_000, 60_000))
    for days in (20.0, 6.0):
        scene.deposit(scene.ago(days=days), 9_000.0)
    return "The customer's bank lets nobody send more than 9,000 at once, so the savings came in two parts and stayed."


@story(
    "transactions", "dormant_burst", fraud=True, ideal="escalate", intolerable=True, doubt=0.2,
    proof=("activity.dormant_days", "activity.burst_ratio", "flow.passthrough_share"),
)  # fmt: skip
def sold_account(scene: Scene) -> str:
    _asleep(scene)
    device = scene.device("android")
    scene.login(scene.ago(days=4), device, scene.far_city())
    _through(scene, scene.count(5, 8), (2_000, 7_000), (0.5, 3), days=3.5)
    return "An account that slept for most of a year was sold, and strangers' money began to run through it."


@story("transactions", "dormant_burst", ideal="approve", doubt=0.2, proof=("activity.dormant_days",))
def dormant_return(scene: Scene) -> str:
    _asleep(scene)
    for days in (5.0, 3.0, 0.8):
        scene.login(scene.ago(days=days))
    for days in (4.5, 2.5, 0.5):
        scene.deposit(scene.ago(days=days), scene.usd(1_500, 5_000))
    scene.says(scene.ago(days=5), "I have not been here for long. Now that prices moved I am back.")
    return (
        "The customer came back after most of a year with fresh savings from their own bank, which stay on the account."
    )


@story(
    "transactions", "high_risk_counterparty", fraud=True, ideal="escalate", intolerable=True, doubt=0.1,
    proof=("counterparty.max_risk", "counterparty.risky_usd", "counterparty.risky_share"),
)  # fmt: skip
def darknet_cash_out(scene: Scene) -> str:
    scene.savings(scene.usd(500, 3_000))
    source = scene.address("darknet" if scene.rng.random() < 0.5 else "mixer", risk=scene.between(0.88, 0.99))
    total = 0.0
    for turn in range(scene.count(4, 8)):
        amount = scene.usd(1_500, 8_000)
        scene.deposit(scene.ago(days=18 - 2 * turn), amount, "chain", address=source)
        total += amount
    scene.withdraw(scene.ago(hours=10), total * 0.9, method="bank")
    return "Proceeds of a darknet market came in by chain and were cashed out to a bank."


@story(
    "transactions", "high_risk_counterparty", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("counterparty.sanctioned", "counterparty.max_risk"),
)  # fmt: skip
def pays_a_sanctioned_address(scene: Scene) -> str:
    usd = scene.usd(5_000, 30_000)
    scene.savings(usd)
    target = scene.address("sanctioned", risk=1.0)
    for share, hours in ((0.3, 60.0), (0.5, 12.0)):
        scene.withdraw(scene.ago(hours=hours), usd * share, target)
    return "The customer sent money twice to an address that is on a sanctions list."


@story("transactions", "high_risk_counterparty", ideal="approve", doubt=0.2, proof=("counterparty.risky_usd",))
def dusted(scene: Scene) -> str:
    source = scene.address("mixer", risk=scene.between(0.85, 0.97))
    scene.savings(scene.usd(2_000, 12_000))
    for days in (11.0, 4.0):
        scene.deposit(scene.ago(days=days), scene.usd(0.4, 1.9), "chain", address=source)
    scene.says(scene.ago(days=3), "Somebody sent me a dollar I did not ask for. What is this?")
    return "A mixer sent dust to thousands of addresses; the customer got a dollar or two unasked."
