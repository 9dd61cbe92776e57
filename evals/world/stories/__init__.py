"""What customers do, by subject. Importing this package registers every story in `evals.world.scene.STORIES`."""

from evals.world.stories import accounts, documents, held_out, identity, listed, money, recordings, rings, trades

__all__ = ["accounts", "documents", "held_out", "identity", "listed", "money", "recordings", "rings", "trades"]
