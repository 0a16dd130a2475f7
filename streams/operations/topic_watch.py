"""Checks the topics periodically while a process runs, because they can change after its start.

A check that fails is not a fault: brokers come and go. A finding that is fatal counts only if two checks, one shortly
after the other, agree.
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
from streams.kafka.topic_admin import USED, observe_topics, planned_topics
from streams.kafka.topology import Finding, ObservedTopic, check_topics
from streams.operations.metrics import ProcessMetrics

EVERY_SECONDS = 20.0
"""Between two checks, plus or minus a quarter, so that many processes do not check at once."""
AGAIN_SECONDS = 3.0
TIMEOUT_SECONDS = 10.0
_LOG = logging.getLogger(__name__)

Report = Callable[[Sequence[Finding]], None]
"""Called with the findings that are not fatal, after every check that succeeded."""


class TopicWatch:
    """The checks of one process. `ids` are the topics' ids when first seen, by their names in Kafka."""

    def __init__(self, settings: Settings, role: str, report: Report) -> None:
        """`role` says which topics the process uses, see `streams.kafka.topic_admin.USED`."""
        self.ids: dict[str, str] = {}
        self._settings = settings
        names = {settings.topic(name) for name in USED[role]}
        self._planned = [topic for topic in planned_topics(settings) if topic.name in names]
        self._may_see_settings = role == "worker"
        self._report = report
        self._reported: set[tuple[str, str]] = set()
        self._admin: AIOKafkaAdminClient | None = None

    async def run(self) -> None:
        """Check until there is a fatal finding.

        Raises:
            UserError: what is wrong, and what to do.
        """
        try:
            while True:
                if fatal := await self.confirmed():
                    raise UserError(" ".join(finding.text for finding in fatal))
                await asyncio.sleep(EVERY_SECONDS * random.uniform(0.75, 1.25))
        finally:
            await self._close()

    async def confirmed(self) -> list[Finding]:
        """Check, and check again if a finding is fatal. Returns the fatal findings that both checks have."""
        first = _fatal(await self.check())
        if not first:
            return []
        await asyncio.sleep(AGAIN_SECONDS)
        again = _fatal(await self.check())
        return [finding for place, finding in again.items() if place in first]

    async def check(self) -> list[Finding]:
        """Check once. No findings if the brokers do not answer."""
        if (seen := await self.observe()) is None:
            return []
        findings = check_topics(self._settings, self._planned, seen, self.ids)
        for name, each in seen.items():
            self.ids.setdefault(name, each.found.id)
        unseen = () if self._may_see_settings else ("unseen",)
        self._note([finding for finding in findings if not finding.is_fatal and finding.code not in unseen])
        return findings

    async def observe(self) -> Mapping[str, ObservedTopic] | None:
        """The topics as they are now; None if the brokers do not answer."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._admin is None:
                    self._admin = new_admin(self._settings, "watch", request_timeout_ms=int(TIMEOUT_SECONDS * 1_000))
                    await self._admin.start()
                return await observe_topics(self._admin, [topic.name for topic in self._planned])
        except (KafkaError, OSError, TimeoutError) as error:
            _LOG.debug("the topics could not be checked: %r", error)
            await self._close()
            return None

    def _note(self, warnings: Sequence[Finding]) -> None:
        self._report(warnings)
        for finding in warnings:
            if (finding.topic, finding.code) not in self._reported:
                _LOG.warning("%s", finding.text)
        self._reported = {(finding.topic, finding.code) for finding in warnings}

    async def _close(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()


async def while_watching(watch: TopicWatch, stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` and the checks. On a fatal finding `stop` is set, and this waits for `work` to end.

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


def report_to_metrics(metrics: ProcessMetrics) -> Report:
    """A callback that reports findings to metrics and `/healthz`."""

    def report(warnings: Sequence[Finding]) -> None:
        metrics.topic_warnings([(warning.topic, warning.code) for warning in warnings])
        metrics.notice("topics", " ".join(warning.text for warning in warnings))

    return report


def _fatal(findings: Sequence[Finding]) -> dict[tuple[str, str], Finding]:
    return {(finding.topic, finding.code): finding for finding in findings if finding.is_fatal}
