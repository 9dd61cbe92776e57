"""A question has one fingerprint, whoever is asked."""

from __future__ import annotations

import json

import pytest
from greeting import HELLO, Greeting

from agent.llm import Message, request_sha256


def test_the_request_hash_covers_all_that_is_asked() -> None:
    hashes = {
        request_sha256("merge", HELLO, None, 50),
        request_sha256("word", HELLO, None, 50),
        request_sha256("merge", HELLO[:1], None, 50),
        request_sha256("merge", HELLO, Greeting, 50),
        request_sha256("merge", HELLO, None, 51),
        request_sha256("merge", (Message("user", "Be brief."), Message("user", "Say hello.")), None, 50),
    }
    assert len(hashes) == 6


def test_a_message_is_frozen_and_plain() -> None:
    message = Message("user", "hello")
    with pytest.raises(AttributeError):
        message.content = "bye"  # type: ignore[misc]
    assert json.dumps(message.__dict__) == '{"role": "user", "content": "hello"}'
