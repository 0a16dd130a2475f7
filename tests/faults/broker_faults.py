"""Faults of the brokers: each role bounced, by shutdown and by kill -9; and all of them gone at once."""

from __future__ import annotations

import asyncio

from tests.faults.environment import Stage
from tests.faults.kafka import Cluster
from tests.faults.scenario import CannotRun

ROLES = ("leader", "controller", "coordinator")
IN_SYNC_SECONDS = 120.0


class BrokerBounces:
    """The leader of a changelog, the controller, the group's coordinator: ended, and started again."""

    needs_cluster = True

    def __init__(self, count: int, *, hard: bool, away_seconds: float, roles: tuple[str, ...] = ROLES) -> None:
        how = "kill -9" if hard else "shutdown"
        self.name = f"broker {how}"
        self.words = f"{how} of {', '.join(roles)} in turn, each away for {away_seconds:g} s"
        self._count = count
        self._hard = hard
        self._away_seconds = away_seconds
        self._roles = roles

    async def run(self, stage: Stage) -> int:
        cluster = cluster_of(stage)
        for bounce in range(self._count):
            for role in self._roles:
                node = await self._node(cluster, stage, role, bounce)
                await (cluster.kill(node) if self._hard else cluster.stop(node))
                stage.watch.over(role)
                await asyncio.sleep(self._away_seconds)
                await cluster.start()
                await cluster.in_sync(IN_SYNC_SECONDS)
                await stage.watch.recovered()
        return self._count * len(self._roles)

    async def _node(self, cluster: Cluster, stage: Stage, role: str, bounce: int) -> int:
        match role:
            case "leader":
                return await cluster.leader(stage.settings.changelog_topic, bounce % stage.settings.partitions)
            case "controller":
                return cluster.controller()
            case _:
                return await cluster.coordinator(stage.settings.deployment)


class Outage:
    """All brokers are killed at once, and come back together."""

    name = "all brokers gone"
    needs_cluster = True

    def __init__(self, count: int, seconds: float) -> None:
        self.words = f"kill -9 of all three, away for {seconds:g} s"
        self._count = count
        self._seconds = seconds

    async def run(self, stage: Stage) -> int:
        cluster = cluster_of(stage)
        for _ in range(self._count):
            await cluster.kill(*cluster.nodes)
            await asyncio.sleep(self._seconds)
            await cluster.start()
            stage.watch.over("outage")
            await cluster.in_sync(IN_SYNC_SECONDS)
            await stage.watch.recovered()
        return self._count


def cluster_of(stage: Stage) -> Cluster:
    """The stage's cluster.

    Raises:
        CannotRun: when it has one broker only.
    """
    if not isinstance(stage.kafka, Cluster):
        raise CannotRun("there is one broker only")
    return stage.kafka
