"""Runs every check in order; each uses what the checks before it found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from aiokafka.errors import KafkaError

from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.doctor.clocks import judge_newest
from streams.doctor.finding import Finding, fault, ok, unknown, warning
from streams.doctor.kafka import Cluster, ask, newest_times
from streams.doctor.network import ADVERTISED, REACHABLE, bootstrap_hosts, check_addresses, check_bootstrap
from streams.doctor.redis import check_redis
from streams.doctor.rights import Process, judge_rights
from streams.doctor.sessions import judge_sessions
from streams.doctor.stored import check_stored
from streams.doctor.versions import judge_versions
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.topic_admin import own_topics, planned_topics
from streams.kafka.topology import check_topics

ANSWER_SECONDS = 30.0
REQUEST_TIMEOUT_MS = 10_000
_USES_REDIS = frozenset(("projector", "notifier"))


async def examine(settings: Settings, plan: Plan, processes: Sequence[Process]) -> list[Finding]:
    """Check everything that `processes` need, as the user that the settings name. Takes some seconds, or a minute if
    brokers are down. Writes nothing. A failed check is a finding, never an error.
    """
    findings = await check_bootstrap(settings)
    if any(finding.check == REACHABLE and not finding.advice for finding in findings):
        findings += await _check_kafka(settings, plan, processes)
    if _USES_REDIS.intersection(processes):
        findings += await check_redis(settings)
    return findings


async def _check_kafka(settings: Settings, plan: Plan, processes: Sequence[Process]) -> list[Finding]:
    admin = new_admin(settings, "doctor", request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await admin.start()
            cluster = await ask(admin, settings)
    except (KafkaError, OSError, TimeoutError, UserError) as error:
        words = f"does not answer ({str(error) or type(error).__name__})"
        return [fault("kafka.answers", settings.kafka, words, "check that all brokers run")]
    finally:
        await admin.close()
    findings = await _check_advertised(settings, cluster)
    findings += judge_versions(settings, cluster.versions)
    findings += judge_topics(settings, plan, cluster)
    findings += judge_rights(settings, processes, cluster.topic_rights, cluster.group_rights)
    if "worker" in processes:
        findings += judge_sessions(settings, cluster.settings, cluster.round_trip_ms)
        findings += judge_newest(await newest_times(settings, cluster.seen), time.time_ns() // 1_000_000)
        if settings.topic("accounts-changelog") in cluster.seen:
            findings += await check_stored(settings, plan)
    return findings


async def _check_advertised(settings: Settings, cluster: Cluster) -> list[Finding]:
    """Check each broker at its advertised address: clients use `VITALS_KAFKA` only for their first connection."""
    others = [node for node in cluster.nodes if node not in bootstrap_hosts(settings)]
    if not others:
        return [ok(ADVERTISED, settings.kafka, "the brokers advertise the addresses in VITALS_KAFKA")]
    return await check_addresses(settings, others, ADVERTISED)


def judge_topics(settings: Settings, plan: Plan, cluster: Cluster) -> Iterator[Finding]:
    """Compare the topics of the deployment with what they should be."""
    planned = [*planned_topics(settings), *(each for each in own_topics(settings) if each.name in cluster.seen)]
    there = [topic for topic in planned if topic.name in cluster.seen]
    for topic in planned:
        if topic.name in cluster.seen:
            continue
        if topic.name in cluster.topic_rights:
            yield unknown("kafka.topics", topic.name, "this user may not see it")
        else:
            words = "does not exist yet"
            yield warning(
                "kafka.topics",
                topic.name,
                words,
                "run `vitals topics`, or start the worker, as a user who may create it",
            )
    window_ms, dedupe_ms = plan.span * plan.resolution_ms, plan.dedupe_span * plan.resolution_ms
    topic_findings = check_topics(settings, there, cluster.seen, {}, needed_ms=window_ms + dedupe_ms)
    for each in topic_findings:
        words, _, advice = each.text.removeprefix(f"The topic {each.topic} ").partition(". ")
        make = fault if each.is_fatal else warning
        yield make(f"kafka.topics.{each.code}", each.topic, words, advice)
    wrong = {each.topic for each in topic_findings}
    good = [topic for topic in there if topic.name not in wrong]
    if good:
        yield ok("kafka.topics", "", f"{len(good)} of {len(planned)} topics are as they should be")
