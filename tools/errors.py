"""The branch of the error tree raised while gathering evidence. The whole tree is drawn in `agent.errors`."""

from tools.evidence import AttachmentRole
from vision.errors import CaseworkError

NARROWER = "narrow the question: fewer columns, a shorter time"
"""The remedy for a query that was too large, too slow or too hungry."""


class ToolError(CaseworkError):
    """A source of evidence could not be asked."""


class WarehouseError(ToolError):
    """The warehouse cannot be opened, misses a table, or a query failed or ran out of its limits."""


class Exhausted(WarehouseError):
    """A query wanted more memory than it may have, or broke the engine: who asked it must not be trusted further."""


class GuardRefused(ToolError):
    """A free-form query was refused before it ran. The message holds no customer data."""


class Unusable(ToolError):
    """What the customer sent is missing or shows nothing that can be measured: only they can mend it, by sending the
    attachments of `roles` (again); where none is named, all that the tool looks at."""

    def __init__(self, what: str, remedy: str, roles: tuple[AttachmentRole, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.roles = roles


class NotPermitted(ToolError):
    """The settings do not allow this call. It was not made, and nobody is to make it again."""

    begun = False


class NotSetUp(ToolError):
    """The settings name nothing that could measure this: it is no outage, and another try would end the same."""
