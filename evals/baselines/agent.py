"""A plain tool-calling agent, as a team would build it in an afternoon: the same tools, the same model, one prompt, and
a disposition with an explanation at the end. Nothing checks what it says; that is the point of comparing with it.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent import steps
from agent.case import DISPOSITIONS, Case, CaseFile, Disposition, Draft, ModelCall, Recommendation, Statement
from agent.desk import Desk
from agent.errors import ModelError
from agent.llm import SEED
from agent.llm.chat import ChatModel
from tools.call import call_tool
from tools.evidence import Evidence, Ledger, Unavailable
from tools.redact import redact
from tools.tool import AnyTool

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.tools import BaseTool
    from langchain_openai import ChatOpenAI

TURNS = 12
"""Answers of the model in one case, the last of which should be the verdict."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])|\n+")
SYSTEM = f"""You review flagged cases for the compliance team of a crypto exchange. Use the tools to look into the case.
Then give a disposition, one of {", ".join(DISPOSITIONS)}, with your confidence and an explanation for the reviewer."""
GIVEN_UP: Disposition = "escalate"
"""Where the agent comes to nothing, a person has to look."""
BROKEN = (httpx.HTTPError, ValidationError, ValueError, TypeError, LookupError, AttributeError)
"""How the client library and the agent fail on an answer that is no chat completion."""


class Verdict(BaseModel):
    """The disposition of a case, with an explanation for the reviewer."""

    model_config = ConfigDict(extra="forbid")
    disposition: Disposition
    confidence: float = Field(ge=0, le=1, description="how sure you are, from 0 to 1")
    explanation: str = Field(max_length=4000, description="what was found and why it leads there")


@dataclass(frozen=True)
class _Conversation:
    """All messages, and the verdict; where there is none, the `fault` of the last answer, or the `outage` that left the
    last request without one."""

    messages: Sequence[BaseMessage]
    verdict: Verdict | None = None
    fault: str = ""
    outage: str = ""


class _Notebook:
    """The ledger as the agent fills it. Tools may be called from several threads, one at a time is served."""

    def __init__(self, desk: Desk, case: Case) -> None:
        self.ledger = Ledger()
        self._desk, self._case, self._lock = desk, case, threading.Lock()

    def ask(self, tool: AnyTool, arguments: dict[str, Any]) -> str:
        if self._desk.sources is None:
            raise ModelError("an agent needs sources", "open a desk with sources")
        with self._lock:
            entry = call_tool(
                tool,
                self.ledger.next_id,
                self._case.subject,
                self._desk.sources,
                arguments,
                self._desk.settings.tool_timeout_s,
            )
            self.ledger = self.ledger.append(entry)
        return redact(_text(entry))


def answer(desk: Desk, case: Case) -> CaseFile:
    """Let the desk's model review a case on its own. What it comes to is a case file, so that every scorer applies; its
    sentences cite nothing. Where it comes to nothing, the case is escalated and the call says why."""
    if not isinstance(desk.model, ChatModel):
        raise ModelError("an agent needs a language model", "give --model local, or the URL of an endpoint")
    began, notebook = time.perf_counter(), _Notebook(desk, case)
    talk = _converse(desk.model, desk, case, notebook)
    offered = {_name(tool) for tool in desk.tools.values()}
    calls = tuple(_calls(talk, desk.model.name, offered))
    verdict = talk.verdict or Verdict(disposition=GIVEN_UP, confidence=0.0, explanation="")
    milliseconds = round((time.perf_counter() - began) * 1000, 3)
    return _file(desk, case, notebook.ledger, verdict, calls, milliseconds)


def _converse(model: ChatModel, desk: Desk, case: Case, notebook: _Notebook) -> _Conversation:
    """Talk until there is a verdict, or nothing more to hope for."""
    import openai
    from langchain.agents import create_agent
    from langchain.agents.structured_output import StructuredOutputError, ToolStrategy
    from langgraph.errors import GraphRecursionError

    messages: Sequence[BaseMessage] = ()
    tools = [_offered(tool, notebook) for tool in desk.tools.values()]
    with httpx.Client(timeout=desk.settings.llm_timeout_s, trust_env=False) as client:
        chat, form = _chat(model, desk, client), ToolStrategy(Verdict)
        agent = create_agent(chat, tools, system_prompt=SYSTEM, response_format=form)
        asked: Any = {"messages": [{"role": "user", "content": _question(case)}]}
        try:
            for state in agent.stream(asked, {"recursion_limit": 2 * TURNS + 1}, stream_mode="values"):
                messages, verdict = state["messages"], state.get("structured_response")
        except GraphRecursionError:
            return _Conversation(messages, fault=f"no verdict within {TURNS} turns")
        except (openai.BadRequestError, StructuredOutputError) as error:
            # A conversation that has outgrown the context is refused however often it is sent: that is no outage.
            return _Conversation(messages, fault=_one_line(error))
        except (openai.OpenAIError, *BROKEN) as error:
            return _Conversation(messages, outage=_one_line(error))
    if isinstance(verdict, Verdict):
        return _Conversation(messages, verdict)
    return _Conversation(messages, fault="not the verdict asked for")


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]


def _chat(model: ChatModel, desk: Desk, client: httpx.Client) -> ChatOpenAI:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=model.name,
        base_url=model.base_url,
        api_key=desk.settings.llm_api_key,
        timeout=desk.settings.llm_timeout_s,
        max_retries=1,
        temperature=0,
        seed=SEED,
        max_tokens=desk.settings.llm_max_tokens,
        http_client=client,
        use_responses_api=False,
    )


def _offered(tool: AnyTool, notebook: _Notebook) -> BaseTool:
    """A tool of ours as LangChain offers it. Arguments are left to our registry, so that wrong ones are on record."""
    from langchain_core.tools import StructuredTool

    facts = ", ".join(spec.name for spec in tool.facts)

    def run(**arguments: Any) -> str:  # noqa: ANN401 - whatever a model gives
        return notebook.ask(tool, arguments)

    return StructuredTool.from_function(
        run,
        name=_name(tool),
        description=f"{tool.meaning} Tells {facts}.",
        args_schema=tool.arguments.model_json_schema(),
    )


def _name(tool: AnyTool) -> str:
    return tool.name.replace(".", "_")


def _question(case: Case) -> str:
    flags = ", ".join(flag.code for flag in case.flags)
    files = ", ".join(attachment.role for attachment in case.attachments) or "none"
    return f"Case {case.case_id}, type {case.type}, flagged {case.flagged_at} for {flags}. Attached files: {files}."


def _text(entry: Evidence | Unavailable) -> str:
    if isinstance(entry, Unavailable):
        return f"unavailable: {entry.reason}"
    return json.dumps({fact.name: fact.value for fact in entry.facts})


def _calls(talk: _Conversation, model: str, offered: Set[str]) -> Iterator[ModelCall]:
    """Each answer of the model as a call, with what was wrong with it; then the request that got none. LangChain has a
    model mend what is malformed and goes on; the last answer carries what the whole conversation came to."""
    from langchain_core.messages import AIMessage

    answers = [(place, message) for place, message in enumerate(talk.messages) if isinstance(message, AIMessage)]
    for place, message in answers:
        usage, asked = message.usage_metadata, [*message.tool_calls, *message.invalid_tool_calls]
        last = place == answers[-1][0]
        yield _call(talk.messages[:place], model).model_copy(
            update={
                "answer": json.dumps(asked) if asked else str(message.content),
                "error": (talk.fault if last else "") or _malformed(message, offered),
                "tokens_in": usage["input_tokens"] if usage else 0,
                "tokens_out": usage["output_tokens"] if usage else 0,
            }
        )
    if error := talk.outage or ("" if answers else talk.fault):
        yield _call(talk.messages, model).model_copy(update={"error": error})


def _call(asked: Sequence[BaseMessage], model: str) -> ModelCall:
    return ModelCall(
        role="agent",
        prompt_sha256=sha256(SYSTEM.encode()).hexdigest(),
        request_sha256=sha256("".join(str(each.content) for each in asked).encode()).hexdigest(),
        model=model,
    )


def _malformed(message: AIMessage, offered: Set[str]) -> str:
    """What of an answer is not in the form that was asked for: a call that is no JSON, a tool that nobody offered, or a
    verdict of another shape. Wrong arguments of a tool are on record in the ledger."""
    if message.invalid_tool_calls:
        return "a tool call that is no JSON"
    for call in message.tool_calls:
        if call["name"] == Verdict.__name__:
            try:
                Verdict.model_validate(call["args"])
            except ValidationError as error:
                return f"not the verdict asked for: {error.error_count()} of its fields"
        elif call["name"] not in offered:
            return "a tool that nobody offered"
    return ""


def _file(
    desk: Desk, case: Case, ledger: Ledger, verdict: Verdict, calls: tuple[ModelCall, ...], milliseconds: float
) -> CaseFile:
    """Findings are those of the policy on what the agent looked at: its draft is held against them."""
    sentences = [each.strip() for each in SENTENCE_END.split(verdict.explanation) if each.strip()]
    told = tuple(Statement(text=each, references=(), source="model", part="summary") for each in sentences)
    return CaseFile(
        case=case,
        attempt=1,
        ledger=ledger,
        policy_sha256=desk.policy.sha256,
        findings=steps.fire(desk, case, ledger),
        recommendation=Recommendation(
            disposition=verdict.disposition,
            confidence=verdict.confidence,
            row="agent",
            possible=(verdict.disposition,),
            open_facts=(),
            missing=(),
            flips=(),
        ),
        calls=calls,
        roles=(),
        prompts={},
        model=desk.model.name if desk.model else "",
        draft=Draft(
            case_id=case.case_id,
            disposition=verdict.disposition,
            confidence=verdict.confidence,
            reason_codes=(),
            statements=told,
        ),
        timings_ms={"agent": milliseconds},
    )
