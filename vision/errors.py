"""The root of the project's errors and the branch raised while looking at pixels and weights.

The root lives here because every other package may import this one. The whole tree is drawn in `agent.errors`.
"""

from collections.abc import Iterable


class CaseworkError(Exception):
    """Something a person can put right. `what` names the thing, `remedy` says what to do about it. `begun` is False
    where it is certain that what was asked for had not begun."""

    begun = True

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["CaseworkError"], tuple[str, str], dict[str, object]]:
        """Errors come whole from a worker process."""
        return type(self), (self.what, self.remedy), self.__dict__


def because(error: Exception) -> str:
    """Why a file cannot be used, as every message says it: in the system's words, "no such file or directory", else by
    the kind of error alone, because its own words may hold what stands in the file."""
    why = error.strerror if isinstance(error, OSError) else None
    return why.lower() if why else type(error).__name__


def one_of(names: Iterable[str]) -> str:
    """The remedy for a name that is unknown: which names there are."""
    return f"choose one of {', '.join(names)}"


class VisionError(CaseworkError):
    """A measurement on an image, clip or model file could not be made."""


class BadImage(VisionError):
    """Bytes that are no acceptable picture: wrong format, too large, truncated, or hostile."""


class WeightsError(VisionError):
    """A model file is missing, or its sha256 is not the pinned one."""


class VisionUnavailable(VisionError):
    """The server that measures refused, was too slow, or did not answer as agreed."""


class BenchError(VisionError):
    """A file of labelled pairs that cannot be read, or that holds too little to measure."""


class LetteringError(VisionError):
    """A text that no page can be drawn with: its typeface lacks a letter."""


class ReaderError(VisionError):
    """The endpoint that reads documents did not answer, in time and in the form it was asked for."""
