"""The wiring of `vitals interactions`: what it needs from settings, rules and secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack

from scoring.result import ScoreSnapshot
from streams.alert_files import read_rules
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.interactions.acting import Acting
from streams.interactions.answers import SLACK_HOST, Answers
from streams.interactions.app import Interactions
from streams.interactions.command_log import KafkaCommandLog, commands_producer
from streams.interactions.configured import signing_secrets
from streams.interactions.first_actors import RedisFirstActors
from streams.interactions.server import serve_until
from streams.model_files import read_model
from streams.notifier.case_links import KEY, case_tokens
from streams.notifier.http_clients import client_for
from streams.operations.interactions_metrics import InteractionsMetrics
from streams.read_model.port import ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis

ROLE = "interactions"
LOOK_SECONDS = 0.7
_LOG = logging.getLogger(__name__)


async def run_interactions(
    settings: Settings, environment: Mapping[str, str], *, stop: asyncio.Event, metrics: InteractionsMetrics
) -> None:
    """Serve until `stop` is set; then answer what is under way, and return.

    Raises:
        UserError: when nothing could come in, when a secret cannot be read, and when the port is taken.
    """
    for name in ("httpx", "httpcore"):  # they log request URLs, and an answer URL is a secret
        logging.getLogger(name).setLevel(logging.WARNING)
    rules = await asyncio.to_thread(lambda: read_rules(settings.alerts, read_model(settings.model)))
    secrets, tokens = signing_secrets(rules, environment), case_tokens(environment)
    if not secrets and tokens is None:
        raise UserError(
            f"Nothing can come in: no Slack app of {settings.alerts} has a `signing_secret`, and {KEY} is not set. Set "
            "one of them."
        )
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_redis(settings, connect_seconds=0.5, answer_seconds=0.5))
        producer = commands_producer(settings)
        await producer.start()
        stack.push_async_callback(producer.stop)
        answers = Answers(rules)
        client = await stack.enter_async_context(client_for(settings, f"https://{SLACK_HOST}", allow_private=True))
        model = RedisReadModel.open(settings)
        stack.push_async_callback(model.close)
        interactions = Interactions(
            Acting(KafkaCommandLog(settings, producer), RedisFirstActors(redis, settings.redis_prefix)),
            metrics,
            secrets=secrets,
            tokens=tokens,
            tell=lambda url, words: answers.tell(client, url, words),
            look=lambda account: _look(model, account),
        )
        metrics.ready()
        await serve_until(stop, interactions.application(), settings.interactions_host, settings.interactions_port)


async def _look(model: RedisReadModel, account_id: str) -> ScoreSnapshot | None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await model.get(account_id)
    except (ReadModelUnavailable, TimeoutError) as error:
        _LOG.warning("a page does not say how the case stands: %r", error)
        return None
