"""The sink of a Slack app: one message a case, edited in place, with its history in its thread and buttons to act.

Slack has no idempotency key. So each message carries the step's id as metadata, and a post whose answer was lost is
looked for in the channel's history before it is made again. That needs a right that an app may not have
(`channels:history`, or `groups:history` for a private channel), and Slack may still accept a post after it was looked
for; then the message appears twice. An edit may be repeated: the same content is the same message.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from alerts.sinks.pace import Pace
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, SinkMemory
from alerts.sinks.slack_blocks import SlackMessage
from alerts.sinks.slack_message import case_message, slack_message, thread_message
from alerts.sinks.slack_web_api import Metadata, SlackError, SlackWebApi
from alerts.step import AlertStep
from alerts.step_words import OVER, why
from scoring.instants import DAY_MS

SECONDS_A_MESSAGE = 1.0
CASE_SECONDS = 180 * DAY_MS // 1_000
"""A case that is older gets a new message."""
BEGUN_SECONDS = DAY_MS // 1_000
EVENT_TYPE = "vitals_message"
SEARCHED = "200"
"""The latest messages since then that are looked at."""
SEARCH_BACK_SECONDS = 120.0
"""Our clock and Slack's may differ by this much."""
BROADCAST = ("worse", "escalated", "resolved", "retracted", "summary")
"""Steps that the channel sees too, not only who follows the thread: the edit of a message that is far up shows
nobody."""
MENTIONED = ("first", "worse", "escalated", "after_outage")
_LOG = logging.getLogger(__name__)
_GONE = frozenset(("message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"))
_NO_THREAD = frozenset(("thread_not_found", "message_not_found", "cannot_reply_to_message"))
_NO_SEARCH = frozenset(("missing_scope", "not_in_channel", "channel_not_found", "access_denied", "no_permission"))
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,}")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")
_TEAM = re.compile(r"S[A-Z0-9]{2,20}")


class Posted(msgspec.Struct, frozen=True):
    """Where a case's message is, the id of the step that it shows, and the last cause that a step had."""

    channel: str
    ts: str
    step: str
    cause: str = ""


class _Post(SlackMessage, frozen=True, kw_only=True):
    channel: str
    metadata: Metadata
    thread_ts: str | msgspec.UnsetType = msgspec.UNSET
    reply_broadcast: bool = False


class _Edit(SlackMessage, frozen=True, kw_only=True):
    """Without metadata: in a thread, a search sees the message above, and would take it for the reply."""

    channel: str
    ts: str


class SlackAppSink:
    """Posts to `channel`, about one message a second. `people` maps owners to Slack's ids of members or user groups.

    `memory` knows the message of each case; where it is empty, a case gets a new message. `now` is the wall clock in
    seconds.
    """

    is_gathering = True

    def __init__(
        self,
        api: SlackWebApi,
        channel: str,
        memory: SinkMemory,
        *,
        name: str = "slack_app",
        people: Mapping[str, str] | None = None,
        pace: Pace | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._api = api
        self._channel = channel
        self._channel_id = channel if _CHANNEL_ID.fullmatch(channel) else ""
        self._memory = memory
        self._people = people or {}
        self._pace = pace or Pace(SECONDS_A_MESSAGE)
        self._now = now

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`: everything, also what people did, because the message is edited."""
        return True

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`. A later step of a case is an edit and a reply; either may be repeated by a retry, and the
        reply is looked for first."""
        if not isinstance(message, AlertStep) or not message.case_id:
            await self._post(message.id, slack_message(message))
            return
        key = f"case:{self._channel}:{message.case_id}"
        posted = _posted(await self._memory.get(key))
        if posted is None or not await self._edit(posted, message):
            text = case_message(message, self._mention(message) if message.reason in MENTIONED else "")
            where = await self._post(message.id, text)
            await self._keep(key, msgspec.structs.replace(where, step=message.id, cause=why(message)))
        elif posted.step != message.id:
            await self._reply(posted, message)
            cause = why(message) or posted.cause
            await self._keep(key, msgspec.structs.replace(posted, step=message.id, cause=cause))

    async def _keep(self, key: str, posted: Posted) -> None:
        await self._memory.set(key, msgspec.json.encode(posted).decode(), seconds=CASE_SECONDS)

    async def _edit(self, posted: Posted, step: AlertStep) -> bool:
        """False if there is no message any more that could be edited."""
        text = case_message(step, self._mention(step), cause=posted.cause)
        edit = _Edit(text=text.text, blocks=text.blocks, channel=posted.channel, ts=posted.ts)
        await self._pace.turn()
        try:
            await self._api.call("chat.update", msgspec.json.encode(edit), known=_GONE)
        except SlackError:
            return False
        return True

    async def _reply(self, posted: Posted, step: AlertStep) -> None:
        text = thread_message(step, self._mention(step) if step.reason in MENTIONED else "")
        shown_to_all = step.reason in BROADCAST or step.status in OVER
        # The thread may be gone or locked; the message above it shows the step already.
        with suppress(SlackError):
            await self._post(step.id, text, thread=posted, reply_broadcast=shown_to_all)

    async def _post(
        self, message_id: str, text: SlackMessage, *, thread: Posted | None = None, reply_broadcast: bool = False
    ) -> Posted:
        begun_key = f"begun:{message_id}"
        begun = await self._memory.get(begun_key)
        if begun and (found := await self._look_for(message_id, float(begun), thread)) is not None:
            return found
        if not begun:
            await self._memory.set(begun_key, f"{self._now():.3f}", seconds=BEGUN_SECONDS)
        post = _Post(
            text=text.text,
            blocks=text.blocks,
            channel=thread.channel if thread else self._channel,
            metadata=Metadata(EVENT_TYPE, {"id": message_id}),
            thread_ts=thread.ts if thread else msgspec.UNSET,
            reply_broadcast=reply_broadcast,
        )
        await self._pace.turn()
        try:
            known = _NO_THREAD if thread else frozenset[str]()
            answer = await self._api.call("chat.postMessage", msgspec.json.encode(post), known=known)
        except DeliveryFailed as error:
            if not error.may_have_arrived and error.reason != "server":
                await self._memory.set(begun_key, "", seconds=1)
            raise
        except (DeliveryRefused, ChannelUnavailable, SlackError):
            await self._memory.set(begun_key, "", seconds=1)  # Slack said no: there is nothing to look for
            raise
        self._channel_id = answer.channel or self._channel_id
        return Posted(answer.channel or self._channel, answer.ts, message_id)

    async def _look_for(self, message_id: str, since: float, thread: Posted | None) -> Posted | None:
        """The message that an earlier attempt posted, if it can be seen."""
        channel = thread.channel if thread else self._channel_id
        if not channel:
            _LOG.info("a post may appear twice: the channel's id is not known yet, so it cannot be looked for")
            return None
        arguments = {
            "channel": channel,
            "oldest": f"{since - SEARCH_BACK_SECONDS:.6f}",
            "limit": SEARCHED,
            "include_all_metadata": "true",
        }
        method = "conversations.replies" if thread else "conversations.history"
        try:
            answer = await self._api.ask(
                method, {**arguments, "ts": thread.ts} if thread else arguments, known=_NO_SEARCH | _NO_THREAD
            )
        except (SlackError, ChannelUnavailable) as error:
            _LOG.info("a post may appear twice: it cannot be looked for (%s)", error)
            return None
        for each in answer.messages:
            if thread is not None and each.ts == thread.ts:
                continue
            if each.metadata.event_type == EVENT_TYPE and each.metadata.content.get("id") == message_id:
                _LOG.info("a post whose answer was lost is there: it is not made again")
                return Posted(channel, each.ts, message_id)
        return None

    def _mention(self, step: AlertStep) -> str:
        """Slack's markup for who has the case, else for the account's owner; "" for somebody it does not know."""
        for name in (step.assignee, step.traits.get("owner", "")):
            member = self._people.get(name, "") if name else ""
            if _MEMBER.fullmatch(member):
                return f"<@{member}>"
            if _TEAM.fullmatch(member):
                return f"<!subteam^{member}>"
        return ""


def _posted(text: str | None) -> Posted | None:
    try:
        return msgspec.json.decode(text, type=Posted) if text else None
    except msgspec.DecodeError:
        return None
