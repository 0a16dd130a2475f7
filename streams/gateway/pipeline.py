"""From a verified request to its answer: read, check, write, and wait until Kafka has acknowledged all of it."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from streams.gateway.answers import Problem, Reply, not_written, outcome
from streams.gateway.checking import Checked, Checker
from streams.gateway.fetching import NotFetched
from streams.gateway.log.outgoing import NotWritten
from streams.gateway.ports import Fetching, Log
from streams.gateway.reading import BadRequest, Reading, Refused, Request, TooMuch
from streams.gateway.sources.ready import ReadySource

SLICE_EVENTS = 200
"""After this many events of one request others have a turn."""


CHECKING_MAX_BYTES = 64 * 1024 * 1024
"""The most bytes of all events that are read and not checked yet. A body may be packed in itself, so its size says
little of them."""


class Taken(msgspec.Struct, frozen=True):
    """What became of a request that was taken."""

    reply: Reply
    accepted: int
    waiting: int
    refused: int
    ignored: int


class Pipeline:
    """Takes requests. One event loop owns it."""

    def __init__(self, checker: Checker, log: Log, fetching: Fetching | None = None) -> None:
        self._checker: Final = checker
        self._log: Final = log
        self._fetching: Final = fetching
        self._checking = 0

    async def take(self, ready: ReadySource, request: Request, deadline: float) -> Taken:
        """Take a request that is from its source. Returns once everything is acknowledged; `deadline` is on the loop's
        clock.

        Raises:
            Problem: 400 when it cannot be read, 413 when it holds too many events, 503 when not everything is
                acknowledged by the deadline. Some of it may arrive then, and sending it again is harmless.
        """
        return await self.publish(ready, request, await self._read(ready, request, deadline), deadline)

    async def publish(self, ready: ReadySource, request: Request, reading: Reading, deadline: float) -> Taken:
        """The same for a request that is read already. `request` says by whom, and what its dead letters keep of it.

        Raises:
            Problem: 503 when not everything is acknowledged by the deadline.
        """
        checked = await self._checked(request, reading)
        if checked.messages:
            await self._write(checked, deadline)
        return Taken(
            reply=_reply(ready, reading, checked),
            accepted=checked.accepted,
            waiting=checked.waiting,
            refused=len(checked.refused),
            ignored=len(reading.ignored),
        )

    async def _checked(self, request: Request, reading: Reading) -> Checked:
        size = sum(len(each.value) for found in (reading.events, reading.refused) for each in found)
        if self._checking + size > CHECKING_MAX_BYTES and self._checking:
            raise Problem(503, "busy", "The gateway reads too many events at the moment: send these again.")
        self._checking += size
        try:
            return await self._all_checked(request, reading)
        finally:
            self._checking -= size

    async def _all_checked(self, request: Request, reading: Reading) -> Checked:
        checked = Checked(refused=[self._checker.with_account(each) for each in reading.refused])
        self._checker.add_aliases(checked, request, reading)
        events = reading.events
        for start in range(0, len(events), SLICE_EVENTS):
            if start:
                await asyncio.sleep(0)
            self._checker.add_events(checked, request, events[start : start + SLICE_EVENTS])
        checked.refused.sort(key=lambda refused: refused.position)
        self._checker.add_dead_letters(checked, request)
        return checked

    async def _read(self, ready: ReadySource, request: Request, deadline: float) -> Reading:
        try:
            reading = ready.vendor.read(request)
            if reading.fetch is None:
                return reading
            if self._fetching is None:
                words = f"{reading.fetch.url} was not fetched: this gateway fetches nothing"
                return Reading(refused=[Refused(reason="not_fetched", words=words, value=request.body)])
            within = deadline - asyncio.get_running_loop().time()
            return await self._fetching.read(ready.vendor.read, request, within)
        except TooMuch as error:
            raise Problem(413, "too_many", f"The request holds too much: {error}.") from None
        except BadRequest as error:
            raise Problem(400, "malformed", f"The request cannot be read: {error}.") from None
        except RecursionError:
            raise Problem(400, "malformed", "The request is nested too deeply: send less of it.") from None
        except NotFetched as error:
            raise Problem(503, "not_fetched", f"{error}: send the request again.") from None

    async def _write(self, checked: Checked, deadline: float) -> None:
        try:
            written = self._log.write(checked.messages)
            async with asyncio.timeout_at(deadline):
                await written
        except NotWritten as error:
            raise not_written(str(error)) from None
        except TimeoutError:
            raise not_written("Kafka did not acknowledge it in time") from None


def _reply(ready: ReadySource, reading: Reading, checked: Checked) -> Reply:
    answer = reading.answer
    if answer is not None:
        return Reply(answer.status, answer.body, ((b"content-type", answer.content_type.encode()),))
    vendor = ready.vendor
    return outcome(
        checked.accepted, checked.waiting, checked.refused, is_read=vendor.reads_answers, also=vendor.in_answers
    )
