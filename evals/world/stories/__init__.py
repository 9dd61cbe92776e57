"""What customers do, by subject."""

from collections.abc import Mapping
from types import MappingProxyType

from evals.world.scene import Story
from evals.world.stories import accounts, documents, held_out, identity, listed, money, recordings, rings, trades

MODULES = (accounts, documents, held_out, identity, listed, money, recordings, rings, trades)
STORIES: Mapping[str, Story] = MappingProxyType({
    name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Story)
})  # fmt: skip
"""Every story by name. A seed deals from them in this order: by module, and as they stand in it."""
