"""Checks by client id that all workers of a group score alike; if not, the later one ends.

Two workers with different models, clocks, shadow models or alert rules in one group would judge the same accounts in
turn, each taking the other's state for its own. The group's coordinator reports every member's client id, so a worker
announces its model there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

import msgspec
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.errors import advice_for

_LOG = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""Waited beyond the session timeout, after which a killed member has left the group."""
_MARK = "worker"


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's announcement. `model` is name@version; `identity` is of the contents, shadow models included, `rules`
    of the alert rules."""

    model: str
    identity: str
    clock: str
    partitions: int
    started_ms: int
    rules: str = ""

    @property
    def role(self) -> str:
        """The part of its client id after the deployment's name."""
        numbers = (str(self.started_ms), str(self.partitions))
        return "/".join((_MARK, *numbers, self.clock, self.identity, self.rules, self.model))

    def scores_like(self, other: Worker) -> bool:
        """Whether both may be in one group."""
        mine, theirs = (msgspec.structs.replace(each, started_ms=0) for each in (self, other))
        return mine == theirs

    def gives_way_to(self, other: Worker) -> bool:
        """Whether this worker is the one to end of two that do not score alike: the one that was started later."""
        return (self.started_ms, self.identity, self.rules) > (other.started_ms, other.identity, other.rules)

    def __str__(self) -> str:
        model, rules = f"model {self.model} ({self.identity[:8]})", f"alert rules {self.rules[:8] or 'none'}"
        return f"{model}, {rules}, {self.clock} clock, {self.partitions} partitions"


def this_worker(settings: Settings, plan: Plan, policy: Policy) -> Worker:
    """The announcement of this process, started now."""
    return Worker(
        model=f"{plan.model.name}@{plan.model.version}",
        identity=plan.identity,
        clock=settings.clock,
        partitions=settings.partitions,
        started_ms=time.time_ns() // 1_000_000,
        rules=policy.identity,
    )


def announced(deployment: str, client_id: str) -> Worker | None:
    """The worker with this client id; None when the id is not an announcement.

    >>> own = Worker(model="default@2", identity="ab12", clock="wall", partitions=4, started_ms=7)
    >>> announced("prod.vitals", f"prod.vitals-{own.role}") == own
    True
    >>> announced("prod.vitals", "kafka-console-consumer")
    """
    if not client_id.startswith(start := f"{deployment}-{_MARK}/"):
        return None
    parts = client_id.removeprefix(start).split("/", 5)
    if len(parts) != 6 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    started, partitions, clock, identity, rules, model = parts
    return Worker(
        model=model,
        identity=identity,
        clock=clock,
        partitions=int(partitions),
        started_ms=int(started),
        rules=rules,
    )


async def company(settings: Settings) -> list[Worker]:
    """The workers that are in the group now, as far as the brokers report. Blocks for a few round trips.

    Raises:
        UserError: when this user may not describe the group; it could not join it either.
    """
    admin = new_admin(settings, "company", request_timeout_ms=5_000)
    try:
        await admin.start()
        answers = await admin.describe_consumer_groups([settings.deployment])
        groups = [group for answer in answers for group in answer.to_object()["groups"]]
    except GroupAuthorizationFailedError as error:
        raise UserError(
            f"Kafka does not let this user into the group {settings.deployment}: {advice_for(error, '')}."
        ) from error
    except (KafkaError, OSError, TimeoutError) as error:
        _LOG.info("cannot see who is in the group %s (%r)", settings.deployment, error)
        return []
    finally:
        await admin.close()
    found = (announced(settings.deployment, member["client_id"]) for group in groups for member in group["members"])
    return [worker for worker in found if worker is not None]


def strangers(own: Worker, others: Iterable[Worker]) -> list[Worker]:
    """The workers that do not score like `own`."""
    return [other for other in others if not own.scores_like(other)]


def refusal(settings: Settings, own: Worker, other: Worker) -> str:
    """The error text: why this worker does not start, and what to do."""
    return (
        f"The group {settings.deployment} runs with {other}, and this worker has {own}: stop all workers of the "
        "group, then start this one; or set another VITALS_GROUP to run both side by side."
    )


async def see_that_all_score_alike(settings: Settings, own: Worker) -> None:
    """Check the group before joining it. Waits for the session timeout, since a killed worker is listed that long.

    Raises:
        UserError: when a worker that does not score alike is still in the group after it.
    """
    wait_seconds = settings.session_timeout_ms / 1_000 + GRACE_SECONDS
    deadline = time.monotonic() + wait_seconds
    is_told = False
    while odd := strangers(own, await company(settings)):
        if time.monotonic() >= deadline:
            raise UserError(refusal(settings, own, odd[0]))
        if not is_told:
            is_told = True
            _LOG.warning(
                "the group %s has a worker with %s, and this one has %s: waiting %.0f s for it to be gone",
                settings.deployment, odd[0], own, wait_seconds,
            )  # fmt: skip
        await asyncio.sleep(LOOK_EVERY_SECONDS)
