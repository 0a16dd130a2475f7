"""Slack's limits, as its own library knows them, and those that it does not check."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from slack_sdk.models.blocks import Block

from alerts.sinks.slack_blocks import SlackMessage

TOTAL = 13_000
"""Slack refuses longer ones as a whole with `msg_blocks_too_long`; it documents no number, users report this one."""


def body_of(message: SlackMessage) -> dict[str, Any]:
    """The JSON of a message, decoded."""
    body: dict[str, Any] = json.loads(msgspec.json.encode(message))
    return body


def check_limits(body: dict[str, Any]) -> None:
    """Fail when Slack would not accept `body`, or a text in it could mention or link what we did not mean to."""
    assert 1 <= len(body["text"]) <= 4_000
    assert 1 <= len(body["blocks"]) <= 50
    for block in body["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()  # raises on a limit
        for text in texts_of(block):
            assert 1 <= len(text["text"].encode("utf-16-le")) // 2 <= 3_000
            if text["type"] == "mrkdwn":
                check_markup(text["text"])
    check_markup(body["text"])
    assert len(json.dumps(body["blocks"], ensure_ascii=False)) <= TOTAL


def check_markup(text: str) -> None:
    """Every control character is an entity, but for links and mentions of our own making."""
    ours = r"<https?://[^<>|\s]+\|[^<>|]*>|<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>"
    rest = re.sub(ours, "", text)
    assert not re.search(r"[<]|&(?!amp;|lt;|gt;)", rest), text
    assert not re.search(r">", re.sub(r"(?m)^>", "", rest)), text


def texts_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """All text objects of a block."""
    parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
    return [each.get("text") if each.get("type") == "button" else each for each in parts if each]


def words_of(body: dict[str, Any]) -> list[str]:
    """All texts of the blocks, in their order."""
    return [text["text"] for block in body["blocks"] for text in texts_of(block)]
