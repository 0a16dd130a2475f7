"""Whether the topics of sources exist: they are their producers', so the gateway does not create them."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.errors import advice_for
from streams.kafka.topic_ids import find_topics
from streams.topics import ALIASES, DEAD_LETTERS, UNATTRIBUTED


async def check_topics_exist(settings: Settings, topics: Mapping[str, str]) -> None:
    """Check that the topic of each source exists: `topics` by the names of their sources.

    Raises:
        UserError: when one does not, may not be seen, or is one that the gateway writes to.
    """
    if not topics:
        return
    for source, topic in topics.items():
        if topic in (settings.topic(name) for name in (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS)):
            raise UserError(
                f"The source {source} reads the topic {topic}, which the gateway itself writes to, so that it would "
                "read what it wrote: let the producers of CloudEvents have a topic of their own, and name it in "
                "kafka_topic."
            )
    admin = new_admin(settings, "gateway")
    try:
        await admin.start()
        found = await find_topics(admin, sorted(set(topics.values())))
    except TopicAuthorizationFailedError as error:
        raise UserError(
            f"Kafka does not show the topic of a source, {', '.join(topics.values())}, to this user: give it the "
            "rights that docs/security.md lists."
        ) from error
    except (KafkaError, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise UserError(
            f"The topics of sources could not be looked up ({why}): {advice_for(error, 'check that Kafka runs')}."
        ) from error
    finally:
        await admin.close()
    for source, topic in topics.items():
        if topic not in found:
            raise UserError(
                f"The source {source} reads the topic {topic}, which does not exist: create it, or correct kafka_topic "
                "in the file that VITALS_GATEWAY names."
            )
