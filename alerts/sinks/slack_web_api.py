"""Slack's Web API: one call, and what its answer means. The token is sent as a header and stands in no text."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import msgspec

from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, FailureReason
from alerts.sinks.slack_answer import FOR_NOW, OF_THE_MESSAGE, OF_THE_TOKEN

ANSWER_BYTES = 262_144
"""An answer repeats the message that was posted."""
_FORM = "application/x-www-form-urlencoded"
_OF_THE_MESSAGE = OF_THE_MESSAGE | {
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "markdown_text_conflict",
    "metadata_must_be_sent_from_app",
    "metadata_too_large",
}


class Metadata(msgspec.Struct, frozen=True, rename={"content": "event_payload"}):
    """What an app says about its own message, for itself: nobody sees it."""

    event_type: str = ""
    content: dict[str, str] = {}


class Found(msgspec.Struct, frozen=True):
    """A message in the history of a channel or a thread."""

    ts: str = ""
    metadata: Metadata = Metadata()


class Answer(msgspec.Struct, frozen=True):
    """An answer of the Web API: `channel` is the channel's id, `ts` the id of a message in it."""

    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""
    messages: tuple[Found, ...] = ()


_ANSWERS = msgspec.json.Decoder(Answer)


class SlackError(Exception):
    """Slack refused with the code `word`, which the caller may know what to do about."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class SlackWebApi:
    """The methods of one app. `api` is the address of the API without a method, `token` the bot's."""

    def __init__(self, client: httpx.AsyncClient, api: str, token: str) -> None:
        self._client = client
        self._api = api.rstrip("/")
        self._token = token

    async def call(self, method: str, body: bytes, *, known: frozenset[str] = frozenset()) -> Answer:
        """Call `method` with a JSON body. Takes 15 s at most. Not idempotent unless the method is.

        Raises:
            SlackError: when Slack answers with one of the codes in `known`.
            DeliveryRefused, DeliveryFailed, ChannelUnavailable: see `Sink.deliver`.
        """
        return await self._call(method, body, "application/json; charset=utf-8", known)

    async def ask(self, method: str, arguments: dict[str, str], *, known: frozenset[str] = frozenset()) -> Answer:
        """Call a `method` that only reads, with a form as body; otherwise as `call`. Idempotent."""
        return await self._call(method, urlencode(arguments).encode(), _FORM, known)

    async def _call(self, method: str, body: bytes, content_type: str, known: frozenset[str]) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        reply = await post_json(self._client, f"{self._api}/{method}", body, headers, body_bytes=ANSWER_BYTES)
        answer = _read(reply, method)
        if not answer.ok:
            if answer.error in known:
                raise SlackError(answer.error)
            raise _failure(answer.error, method, reply)
        return answer


def _read(reply: Reply, method: str) -> Answer:
    try:
        return _ANSWERS.decode(reply.body)
    except (msgspec.DecodeError, RecursionError):
        if 200 <= reply.status < 300 and not reply.is_whole:
            raise DeliveryFailed(
                f"answered {reply.status} to {method} without a readable body", may_have_arrived=True
            ) from None
        if reply.status == 413:
            raise DeliveryRefused(f"answered 413 to {method}: the message is too large.") from None
        raise ChannelUnavailable(
            f"answered {reply.summary} to {method}, which is no answer of Slack's: check the sink's `api`, and that no "
            "proxy answers in its place."
        ) from None


def _failure(word: str, method: str, reply: Reply) -> Exception:
    """What an answer that is not ok means. A code that is not known is a fault of the channel: a message is kept too
    long rather than lost."""
    said = f"answered {word or 'no code'} to {method}"
    if word in _OF_THE_MESSAGE:
        return DeliveryRefused(f"{said}: Slack does not accept this message.")
    if word in FOR_NOW:
        is_limit = word in ("rate_limited", "ratelimited")
        reason: FailureReason = "rate_limited" if is_limit else "server"
        return DeliveryFailed(said, reply.retry_after_seconds, reason=reason, may_have_arrived=not is_limit)
    if word in OF_THE_TOKEN:
        return ChannelUnavailable(
            f"{said}: check the bot token in the sink's `token_secret`, and that the app is installed with the scopes "
            "chat:write and, for a channel that it is not in, chat:write.public.",
            reason="auth",
        )
    if word in ("channel_not_found", "not_in_channel"):
        return ChannelUnavailable(f"{said}: check the sink's `channel`, and invite the app to it in Slack.")
    return ChannelUnavailable(f"{said}: check in Slack that the channel is active and that the app may post to it.")
