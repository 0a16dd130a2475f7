"""Sends requests to a gateway over HTTP, one after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from streams.deployment.secret import Secret
from streams.errors import UserError
from streams.gateway.sending.fixture_file import Fixture
from streams.gateway.sending.signed import signed
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.sources.schema import Source

TIMEOUT_SECONDS = 30.0
ANSWER_MAX = 2_000
NO_EVENT = "answered, no event in it: what says aliases alone, or is of a type that counts nowhere"


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway answered to one request. `answer` is the JSON of its body, or its text."""

    request: str
    status: int
    milliseconds: float
    is_taken: bool
    words: str
    answer: Any


def send(
    url: str, name: str, source: Source, fixtures: Sequence[Fixture], secrets: Mapping[str, Secret]
) -> list[Answered]:
    """Send fixtures to the source `name` of the gateway at `url`, signed now. Blocks.

    Sending one again counts nothing twice.

    Raises:
        UserError: when no gateway answers there, or a body cannot be signed.
    """
    answered = []
    with httpx.Client(base_url=url, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        for fixture in fixtures:
            try:
                headers = signed(fixture, source, secrets, time.time())
            except BadSignature as bad:
                raise UserError(f"{fixture.name} cannot be signed: {bad}.") from None
            begun = time.monotonic()
            try:
                response = client.post(f"/in/{name}", content=fixture.body, headers=headers)
            except httpx.InvalidURL as error:
                raise UserError(f"--to is {url!r}, which is no URL ({error}): give http://HOST:PORT.") from None
            except httpx.HTTPError as error:
                raise UserError(_unreachable(url, error)) from None
            answered.append(_answered(fixture.name, response, time.monotonic() - begun))
    return answered


def _unreachable(url: str, error: httpx.HTTPError) -> str:
    why = str(error) or type(error).__name__
    return f"No gateway answers at {url} ({why}): start `vitals gateway`, or give its address with --to."


def _answered(name: str, response: httpx.Response, seconds: float) -> Answered:
    try:
        answer: Any = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = response.text[:ANSWER_MAX]
    refused = answer.get("refused") if isinstance(answer, dict) else None
    return Answered(
        request=name,
        status=response.status_code,
        milliseconds=round(seconds * 1_000, 1),
        is_taken=response.is_success and not refused,
        words=_words(answer),
        answer=answer,
    )


def _words(answer: Any) -> str:
    """An answer in one line.

    >>> _words({"accepted": 2, "waiting": 1, "refused": [{"reason": "no_account", "words": "send one"}]})
    '2 taken, 1 waiting for an alias; no_account: send one'
    >>> _words({"accepted": 0, "waiting": 0, "refused": []})
    'answered, no event in it: what says aliases alone, or is of a type that counts nowhere'
    """
    if not isinstance(answer, dict):
        return str(answer)
    if "accepted" not in answer:
        return f"{answer.get('reason', '')}: {answer.get('words', '')}".strip(": ") or str(answer)
    if not answer["accepted"] and not answer.get("waiting") and not answer.get("refused"):
        return NO_EVENT
    parts = [f"{answer['accepted']} taken"]
    if answer.get("waiting"):
        parts.append(f"{answer['waiting']} waiting for an alias")
    refused = [each for each in answer.get("refused") or () if isinstance(each, dict)]
    told = [f"{each.get('reason', '')}: {each.get('words', '')}" for each in refused]
    return "; ".join([", ".join(parts), *dict.fromkeys(told)])
