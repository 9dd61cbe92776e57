"""Person-to-person trades: buyers who take their money back, and traders who are merely unlucky."""

from __future__ import annotations

from evals.world.scene import Scene, story


@story(
    "p2p", "p2p_dispute", fraud=True, ideal="reject", intolerable=True, doubt=0.1,
    proof=("p2p.disputes", "p2p.disputes_lost", "p2p.payer_name_mismatches"),
)  # fmt: skip
def chargeback(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(35, 120))
    for turn in range(scene.count(9, 14)):
        bad = turn % 2 == 0
        scene.order(
            scene.ago(days=2 + 2.2 * turn), scene.usd(200, 1_500), buys=True, name_matches=not bad, disputed=bad,
            lost=bad, reason="bank recalled the payment", method="wallet_app",
        )  # fmt: skip
    return "The buyer pays from strangers' accounts and has the payments recalled once the coins have arrived."


@story("p2p", "p2p_dispute", fraud=True, ideal="escalate", doubt=0.5)
def first_chargeback(scene: Scene) -> str:
    for turn in range(scene.count(5, 9)):
        scene.order(
            scene.ago(days=3 + 5.0 * turn),
            scene.usd(150, 900),
            buys=True,
            disputed=turn == 0,
            reason="payment recalled",
        )
    return "A buyer with a clean record recalled a payment for the first time; the seller could not prove it."


@story("p2p", "p2p_dispute", ideal="approve", doubt=0.2, proof=("p2p.disputes_lost", "p2p.orders"))
def dissatisfied_counterparty(scene: Scene) -> str:
    for turn in range(scene.count(22, 34)):
        disputed = turn in (1, 6, 11)
        scene.order(
            scene.ago(days=2 + 2.3 * turn), scene.usd(100, 900), buys=False, disputed=disputed,
            reason="seller was too slow",
        )  # fmt: skip
    scene.says(scene.ago(days=2), "The buyer complains because I was asleep for an hour. He got his coins.")
    return "A busy seller was disputed by impatient buyers and won each time."


@story("p2p", "p2p_dispute", ideal="request_information", doubt=0.4, proof=("p2p.disputes",))
def unlucky_newcomer(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(40, 120))
    for turn in range(4):
        scene.order(
            scene.ago(days=3 + 6.0 * turn), scene.usd(100, 500), buys=True, disputed=turn < 2, lost=turn == 0,
            reason="paid after the time limit",
        )  # fmt: skip
    return "A newcomer paid too late twice and lost one of the disputes without meaning harm."


@story(
    "p2p", "p2p_payer_name", fraud=True, ideal="escalate", intolerable=True, doubt=0.15,
    proof=("p2p.payer_name_mismatches", "flow.in_out_hours"),
)  # fmt: skip
def third_party_payers(scene: Scene) -> str:
    scene.open_account(scene.person, days=scene.between(35, 90))
    scene.quiet()
    address = scene.address(risk=0.55)
    for turn in range(scene.count(9, 15)):
        usd, days = scene.usd(300, 1_800), 1 + 1.7 * turn
        scene.order(scene.ago(days=days), usd, buys=True, name_matches=False, method="wallet_app")
        scene.deposit(scene.ago(days=days, hours=-0.3), usd, "p2p")
        scene.withdraw(scene.ago(days=days, hours=-scene.between(0.8, 2.5)), usd * 0.98, address)
    return "Victims of a scam pay for coins that the buyer sends away at once: every payer is somebody else."


@story("p2p", "p2p_payer_name", ideal="approve", doubt=0.25, proof=("p2p.payer_name_mismatches", "p2p.disputes"))
def joint_account(scene: Scene) -> str:
    for turn in range(scene.count(12, 18)):
        scene.order(scene.ago(days=2 + 4.5 * turn), scene.usd(80, 600), buys=True, name_matches=turn not in (0, 3))
    scene.says(scene.ago(days=1), "I paid from the account I share with my wife, it is in her name first.")
    return "The buyer paid from a joint account that runs in the spouse's name."
