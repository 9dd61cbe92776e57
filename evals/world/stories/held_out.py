"""Stories of the locked test split alone, in look-alike pairs: who works on prompts or rules does not meet them."""

from __future__ import annotations

from datetime import timedelta

from evals.world.scene import Scene, story


def _peeled(scene: Scene, targets: list[str], usd: tuple[float, float]) -> None:
    """Every week one large deposit, which leaves the same day in parts to several addresses."""
    scene.quiet()
    for week in range(4):
        amount, at = scene.usd(*usd), scene.ago(days=2 + 7 * week)
        scene.deposit(at, amount, sender=scene.stranger().name)
        for turn, target in enumerate(targets):
            scene.withdraw(at + timedelta(hours=scene.between(1, 6) + turn), amount * 0.9 / len(targets), target)


@story(
    "transactions", "rapid_in_out", fraud=True, ideal="escalate", intolerable=True, doubt=0.2, held_out=True,
    proof=("flow.in_out_hours", "flow.passthrough_share", "account.age_days", "counterparty.max_risk"),
)  # fmt: skip
def peeling_chain(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(30, 70))
    _peeled(scene, [scene.address(risk=scene.between(0.7, 0.9)) for _ in range(scene.count(3, 5))], (4_000, 12_000))
    return "A launderer peels every incoming payment into parts and sends each to an address of its own the same day."


@story(
    "transactions", "rapid_in_out", ideal="request_information", doubt=0.35, held_out=True,
    proof=("flow.in_out_hours", "account.age_days", "counterparty.max_risk"),
)  # fmt: skip
def freelancers_payroll(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(400, 900))
    scene.person.level = 2
    _peeled(scene, [scene.address(risk=0.03) for _ in range(scene.count(3, 5))], (4_000, 12_000))
    scene.says(scene.ago(days=9), "My client pays me every week and I pay the three people who work with me from it.")
    return "The head of a small team is paid by a client and pays the others at once; the contracts must be asked for."


def _reset_at_home(scene: Scene, target: str, share: float) -> None:
    """Reset and withdrawal by the owner's own hand, on the usual device at home."""
    savings = scene.usd(5_000, 30_000)
    scene.savings(savings)
    hours = scene.between(4, 20)
    scene.login(scene.ago(hours=hours))
    scene.event("password_reset", scene.ago(hours=hours - 0.2))
    scene.event("address_added", scene.ago(hours=hours - 0.6))
    scene.withdraw(scene.ago(hours=hours - scene.between(1, 3)), savings * share, target)


@story(
    "account_takeover", "password_reset", fraud=True, ideal="escalate", intolerable=True, doubt=0.25, held_out=True,
    proof=("takeover.reset_before_withdrawal", "takeover.new_address", "counterparty.max_risk"),
)  # fmt: skip
def talked_into_it(scene: Scene) -> str:
    _reset_at_home(scene, scene.address("scam", risk=scene.between(0.85, 0.97)), scene.between(0.85, 0.97))
    scene.says(scene.ago(hours=0.8), "A man from your security team helped me on my screen. Where is my money now?")
    return "A caller who said he was from support watched the owner's screen and had the savings sent to himself."


@story(
    "account_takeover", "password_reset", ideal="request_information", doubt=0.4, held_out=True,
    proof=("takeover.reset_before_withdrawal", "takeover.new_address", "counterparty.max_risk"),
)  # fmt: skip
def new_hardware_wallet(scene: Scene) -> str:
    _reset_at_home(scene, scene.address(risk=0.02), scene.between(0.85, 0.97))
    return "The owner had forgotten the password, reset it at home and moved the savings to a new hardware wallet."


@story(
    "kyc", "document_expired", fraud=True, ideal="reject", intolerable=True, doubt=0.15, held_out=True,
    proof=("forgery.verdict", "document.mrz_agreement"),
)  # fmt: skip
def prolonged_by_hand(scene: Scene) -> str:
    papers, today = scene.papers, scene.flagged.date()
    papers.kind = "passport"
    expired = today - timedelta(days=scene.count(30, 600))
    papers.issue(expired.replace(year=expired.year - 10, day=min(expired.day, 28)), 10)
    papers.forgery = "text"
    papers.edits = {"expiry_date": papers.expires.replace(year=today.year + scene.count(2, 4))}
    return "The printed expiry date of a passport that has expired was overwritten with one some years ahead."


@story(
    "kyc", "document_expired", ideal="approve", doubt=0.15, held_out=True, proof=("document.days_to_expiry",)
)  # fmt: skip
def good_for_some_days(scene: Scene) -> str:
    last = scene.flagged.date() + timedelta(days=scene.count(3, 27))
    scene.papers.issue(last.replace(year=last.year - 8, day=min(last.day, 28)), 8)
    scene.papers.expires = last
    return "The document is good for some more days; the check upstream wanted a month."


@story(
    "p2p", "p2p_dispute", fraud=True, ideal="reject", intolerable=True, doubt=0.15, held_out=True,
    proof=("p2p.disputes", "p2p.disputes_lost"),
)  # fmt: skip
def absconding_seller(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(40, 110))
    for turn in range(scene.count(10, 15)):
        kept = turn < 5
        scene.order(
            scene.ago(days=2 + 1.5 * turn, hours=scene.between(0, 9)), scene.usd(300, 1_400), buys=False, disputed=kept,
            lost=kept, reason="coins not released",
        )  # fmt: skip
    return "A seller traded honestly until the ratings were good, then took five payments and released no coins."


@story("p2p", "p2p_dispute", ideal="approve", doubt=0.3, held_out=True, proof=("p2p.disputes", "p2p.disputes_lost"))
def bank_outage(scene: Scene) -> str:
    for turn in range(scene.count(18, 30)):
        scene.order(
            scene.ago(days=3 + 2.1 * turn, hours=scene.between(0, 9)), scene.usd(150, 900), buys=False,
            disputed=turn in (1, 2, 3), reason="coins not released",
        )  # fmt: skip
    scene.says(scene.ago(days=5), "My bank was down for days, I could not see who had paid. All have their coins now.")
    return "An honest seller's bank was down for days, three buyers complained, and all of them got their coins."
