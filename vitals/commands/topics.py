"""`vitals topics`: creates the missing topics of a deployment."""

from __future__ import annotations

import asyncio
import logging
import os

import typer

from streams.deployment.settings import Settings

DEADLINE_SECONDS = 20.0


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(topics)


def topics() -> None:
    """Create the missing topics of the deployment, and list all of them.

    Every process creates missing topics when it starts. If its user may not, run this as a user who may.
    """
    from streams.kafka.topic_admin import ensure_topics, own_topics, planned_topics

    settings = Settings.from_environment(os.environ)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    asyncio.run(ensure_topics(settings, "topics", deadline_seconds=DEADLINE_SECONDS))
    for topic in (*planned_topics(settings), *own_topics(settings)):
        print(topic.name)
