"""`vitals topics`: the topics of a deployment, created where they are missing."""

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
    """Create the topics of the deployment that are missing, and list all of them.

    Every process creates what is missing when it starts. Where their users may not, one that may does it by this.
    """
    from streams.kafka.topic_admin import ensure_topics, planned_topics

    settings = Settings.from_environment(os.environ)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what goes wrong is told once, in our words
    asyncio.run(ensure_topics(settings, deadline_seconds=DEADLINE_SECONDS))
    for topic in planned_topics(settings):
        print(topic.name)
