"""One thing to correct in a policy folder, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from agent.errors import PolicyError


@dataclass(frozen=True)
class Problem:
    """One thing to correct, and where: `faces.yaml:12`."""

    where: str
    what: str

    @staticmethod
    def of(error: PolicyError) -> Problem:
        """An error that begins with file and line as a problem at that place."""
        file, _, rest = error.what.partition(":")
        line, _, what = rest.partition(":")
        if not line.isdecimal():
            return Problem("policy:1", str(error))
        return Problem(f"{file}:{line}", f"{what.strip()}; {error.remedy}")

    @property
    def place(self) -> tuple[str, int]:
        """File and line, in the order of reading."""
        file, _, line = self.where.rpartition(":")
        return file, int(line)
