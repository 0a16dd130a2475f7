"""Looks at the topics again and again while a process runs: what they were at the start, they need not stay.

A look that fails is no fault: brokers come and go. What would lose, double or misplace something is believed when two
looks say so, one shortly after the other.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.topic_admin import USED, look, planned_topics
from streams.kafka.topology import Finding, Seen, judge
from streams.operations.metrics import ProcessMetrics

EVERY_SECONDS = 20.0
"""Between two looks, give or take a quarter, so that many processes do not look at once."""
AGAIN_SECONDS = 3.0
TIMEOUT_SECONDS = 10.0
_LOG = logging.getLogger(__name__)

Tell = Callable[[Sequence[Finding]], None]
"""Told what is not good and no reason to end, at every look that succeeded."""


class Watch:
    """The looking of one process. `ids` are the topics' ids, by Kafka's names, as they were when first seen."""

    def __init__(self, settings: Settings, role: str, tell: Tell) -> None:
        """`role` says which topics the process uses, see `streams.kafka.topic_admin.USED`."""
        self.ids: dict[str, str] = {}
        self._settings = settings
        names = {settings.topic(name) for name in USED[role]}
        self._planned = [topic for topic in planned_topics(settings) if topic.name in names]
        self._may_see_settings = role == "worker"
        self._tell = tell
        self._told: set[tuple[str, str]] = set()
        self._admin: AIOKafkaAdminClient | None = None

    async def run(self) -> None:
        """Look until something is such that the process must not go on.

        Raises:
            UserError: what it is, and what to do.
        """
        try:
            while True:
                if fatal := await self.confirmed():
                    raise UserError(" ".join(finding.words for finding in fatal))
                await asyncio.sleep(EVERY_SECONDS * random.uniform(0.75, 1.25))
        finally:
            await self._close()

    async def confirmed(self) -> list[Finding]:
        """Look, and where that is fatal once more; answers what both looks say that is."""
        first = _fatal(await self.look())
        if not first:
            return []
        await asyncio.sleep(AGAIN_SECONDS)
        again = _fatal(await self.look())
        return [finding for place, finding in again.items() if place in first]

    async def look(self) -> list[Finding]:
        """Look once; nothing is found where the brokers do not answer."""
        if (seen := await self.see()) is None:
            return []
        findings = judge(self._settings, self._planned, seen, self.ids)
        for name, each in seen.items():
            self.ids.setdefault(name, each.found.id)
        unseen = () if self._may_see_settings else ("unseen",)
        self._note([finding for finding in findings if not finding.is_fatal and finding.code not in unseen])
        return findings

    async def see(self) -> Mapping[str, Seen] | None:
        """The topics as they are now; None where the brokers do not answer."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._admin is None:
                    self._admin = new_admin(self._settings, "watch", request_timeout_ms=int(TIMEOUT_SECONDS * 1_000))
                    await self._admin.start()
                return await look(self._admin, [topic.name for topic in self._planned])
        except (KafkaError, OSError, TimeoutError) as error:
            _LOG.debug("the topics could not be looked at: %r", error)
            await self._close()
            return None

    def _note(self, warnings: Sequence[Finding]) -> None:
        self._tell(warnings)
        for finding in warnings:
            if (finding.topic, finding.code) not in self._told:
                _LOG.warning("%s", finding.words)
        self._told = {(finding.topic, finding.code) for finding in warnings}

    async def _close(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()


async def while_watching(watch: Watch, stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Do `work`, and watch. When the topics are not what they must be, `stop` is set, and `work` ends by that.

    Raises:
        UserError: what is wrong with the topics, and what to do.
    """
    watching, working = asyncio.ensure_future(watch.run()), asyncio.ensure_future(work)
    try:
        await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            stop.set()
            await asyncio.wait({working})
            watching.result()
        working.result()
    finally:
        for task in (watching, working):
            task.cancel()
        await asyncio.gather(watching, working, return_exceptions=True)


def tell_metrics(metrics: ProcessMetrics) -> Tell:
    """Tells metrics and `/healthz` what is not good about topics."""

    def tell(warnings: Sequence[Finding]) -> None:
        metrics.topic_warnings([(warning.topic, warning.code) for warning in warnings])
        metrics.notice("topics", " ".join(warning.words for warning in warnings))

    return tell


def _fatal(findings: Sequence[Finding]) -> dict[tuple[str, str], Finding]:
    return {(finding.topic, finding.code): finding for finding in findings if finding.is_fatal}
