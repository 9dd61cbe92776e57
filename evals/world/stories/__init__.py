"""What customers do, by subject. Importing this package registers every story in `STORIES`."""

from evals.world.scene import STORIES
from evals.world.stories import accounts, documents, held_out, identity, listed, money, recordings, rings, trades

__all__ = [
    "STORIES",
    "accounts",
    "documents",
    "held_out",
    "identity",
    "listed",
    "money",
    "recordings",
    "rings",
    "trades",
]
