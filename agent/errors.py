"""Every error the project raises on purpose, and the branch that belongs to the agent.

CaseworkError                  (vision.errors)  says what is wrong and what to do
├── VisionError                (vision.errors)
│   ├── BadImage               no acceptable picture
│   ├── BenchError             a file of labelled pairs that holds nothing to measure
│   ├── LetteringError         a text for a drawn page that its typeface lacks letters for
│   ├── VisionUnavailable      the server that measures refused, was too slow or broke off
│   ├── ReaderError            the endpoint that reads documents did not answer as asked
│   └── WeightsError           a model file is missing or not the pinned one
├── ToolError                  (tools.errors)
│   ├── WarehouseError         the warehouse cannot be opened or asked
│   │   └── Exhausted          a query wanted more memory than it may have
│   ├── NotPermitted           a search that the settings do not allow
│   ├── NotSetUp               a measurement that the settings name nothing for
│   ├── GuardRefused           a free-form query was refused before it ran
│   └── Unusable               what the customer sent is missing or cannot be measured
└── AgentError                 (here)
    ├── SettingsError          a setting in the environment or .env that does not fit
    ├── UnknownCase            no case of that id in the store
    ├── PolicyError            a rule, table or threshold that does not load; names file and line
    ├── PromptError            a prompt that does not load or render
    ├── ModelError             the language model did not answer, or not as asked
    ├── ReviewRefused          a human step that the four-eyes or evidence rules do not allow
    ├── StoreError             the case store cannot be read or written
    │   └── NoStore            there is none where one is looked for
    ├── OutputError            a file that the user named cannot be written
    └── ReplayDiverged         a saved case file does not rebuild
"""

from tools.errors import Exhausted, GuardRefused, NotPermitted, NotSetUp, ToolError, Unusable, WarehouseError
from vision.errors import (
    BadImage,
    BenchError,
    CaseworkError,
    LetteringError,
    ReaderError,
    VisionError,
    VisionUnavailable,
    WeightsError,
    because,
    one_of,
)

__all__ = [
    "AgentError",
    "BadImage",
    "BenchError",
    "CaseworkError",
    "Exhausted",
    "GuardRefused",
    "LetteringError",
    "ModelError",
    "NoStore",
    "NotPermitted",
    "NotSetUp",
    "OutputError",
    "PolicyError",
    "PromptError",
    "ReaderError",
    "ReplayDiverged",
    "ReviewRefused",
    "SettingsError",
    "StoreError",
    "ToolError",
    "UnknownCase",
    "Unusable",
    "VisionError",
    "VisionUnavailable",
    "WarehouseError",
    "WeightsError",
    "because",
    "one_of",
]


class AgentError(CaseworkError):
    """Something in a case, the policy, the model or the store."""


class SettingsError(AgentError):
    """A setting in the environment or in `.env` that is of the wrong kind or out of range."""


class UnknownCase(AgentError):
    """No case of that id is in the store."""


class PolicyError(AgentError):
    """A rule, a disposition row or a threshold that does not load. `what` begins with file and line."""


class PromptError(AgentError):
    """A prompt that does not load or does not render."""


class ModelError(AgentError):
    """The language model did not answer in time, within its budget, or in the form it was asked for."""


class ReviewRefused(AgentError):
    """A human step that the four-eyes rule, the evidence or the case's status does not allow."""


class StoreError(AgentError):
    """The case store cannot be read or written."""


class NoStore(StoreError):
    """There is no case store where one is looked for: an empty one in its place would look like one in order."""


class OutputError(AgentError):
    """A file that the user named for a command to write cannot be written."""


class ReplayDiverged(AgentError):
    """A saved case file does not rebuild; `what` names the first difference."""
