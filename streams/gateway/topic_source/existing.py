"""Whether the topics of sources exist: they are their producers', so the gateway does not create them."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.errors import advice_for
from streams.kafka.topic_ids import find_topics


async def check_topics_exist(settings: Settings, topics: Mapping[str, str]) -> None:
    """Check that the topic of each source exists: `topics` by the names of their sources.

    Raises:
        UserError: when one does not, or may not be seen.
    """
    if not topics:
        return
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
