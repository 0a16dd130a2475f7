"""What every act goes through: the role of the person, the log of acts, and the errors of Kafka."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from alerts.step_words import moment
from dashboard.acts.done import NOT_LOGGED, NOT_SENT, Done
from dashboard.doors.identity import Person
from scoring.instants import rfc3339
from streams.control.messages import AccountControl, encode_control
from streams.deployment.settings import Settings
from streams.interactions.acting import First, FirstActors
from streams.kafka.retention import Rules, refusal
from streams.kafka.sending import NotSent, Sending
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.topics import CONTROL, partition_of
from streams.workspace.audit import Audit
from streams.workspace.records import Act, Role, Scope
from streams.workspace.workspace import NotKept

_LOG = logging.getLogger(__name__)


def wall_ms() -> int:
    """The wall clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What acts share. `control` are the rules of the topic `control`, by which it may refuse a message."""

    settings: Settings
    sending: Sending
    audit: Audit
    actors: FirstActors
    metrics: DashboardMetrics
    control: Rules = field(default_factory=Rules)
    now_ms: Callable[[], int] = wall_ms

    async def perform(
        self,
        person: Person,
        act: str,
        target: str,
        work: Callable[[], Awaitable[Done]],
        *,
        detail: str = "",
        needs: Role | Scope = "act",
    ) -> Done:
        """Do `work` for a person who may, after it is logged. A line that says "done" may be followed by one that says
        "failed": so no act is without a line. Never raises for what is outside of us.

        `act` is a word from a small closed set, `target` what it is done to, `detail` what a person should know of it
        later, without secrets.
        """
        done = await self._performed(person, act, target, work, detail, needs)
        self.metrics.act(act, done.outcome)
        return done

    async def _performed(
        self,
        person: Person,
        act: str,
        target: str,
        work: Callable[[], Awaitable[Done]],
        detail: str,
        needs: Role | Scope,
    ) -> Done:
        line = Act(
            at_ms=self.now_ms(),
            person=person.login,
            role=person.role,
            act=act,
            target=target,
            outcome="done",
            detail=detail,
            door=person.door,
            address=person.address,
        )
        if not person.may(needs):
            refused = Done(outcome="refused", words="You may only read here: ask an admin of the dashboard for more.")
            await self._log_end(line, refused)
            return refused
        try:
            await self.audit.log(line)
        except NotSent as error:
            _LOG.error("an act is not logged, and not done: %s", error)
            return Done(outcome="failed", words=NOT_LOGGED)
        done = await self._worked(work)
        if not done.is_done:
            await self._log_end(line, done)
        return done

    async def _worked(self, work: Callable[[], Awaitable[Done]]) -> Done:
        try:
            return await work()
        except NotSent as error:
            _LOG.error("an act is not acknowledged: %s", error)
            return Done(outcome="failed", words=NOT_SENT)
        except NotKept as error:
            return Done(outcome="invalid", words=sentence(str(error)))

    async def _log_end(self, line: Act, done: Done) -> None:
        """That it was not done after all. Without this line the log says more than happened, never less."""
        words = "; ".join(part for part in (line.detail, done.words) if part)
        outcome = "failed" if done.outcome == "failed" else "refused"
        try:
            await self.audit.log(msgspec.structs.replace(line, at_ms=self.now_ms(), outcome=outcome, detail=words))
        except NotSent as error:
            _LOG.error("the end of an act is not logged: %s", error)

    async def send_control(self, message: AccountControl) -> None:
        """Send a message to its account's partition; acknowledged on return.

        Raises:
            NotSent: when it is not, or the topic would delete it before it is read.
        """
        name = self.settings.topic(CONTROL)
        _, words = refusal(name, self.control, message.instant_ms, self.now_ms())
        if words:
            raise NotSent(words)
        home = partition_of(message.account_id.encode(), self.settings.partitions)
        await self.sending.send(name, encode_control(message), partition=home, timestamp_ms=message.instant_ms)

    async def first(self, person: Person, *what: str) -> First | None:
        """Who did the same within the last quarter of an hour; None when this person is the first. `release` it when
        it was not done."""
        mine = First(author=person.name, at_ms=self.now_ms())
        found = await self.actors.claim(_name_of(what), mine)
        return None if found == mine else found

    async def release(self, *what: str) -> None:
        """It was not done after all: the next who tries is the first."""
        await self.actors.release(_name_of(what))


def when(at_ms: int) -> str:
    """An instant for people, in UTC.

    >>> when(1_795_000_000_500)
    '18 November 11:06 UTC'
    """
    return moment(rfc3339(at_ms // 1_000 * 1_000))


def sentence(words: str) -> str:
    """With a capital and a full stop.

    >>> sentence("a note has at most 4 characters: make two of it")
    'A note has at most 4 characters: make two of it.'
    """
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "!", "?")) else ".")


def _name_of(what: tuple[str, ...]) -> str:
    return sha256("\0".join(("dashboard", *what)).encode()).hexdigest()[:32]
