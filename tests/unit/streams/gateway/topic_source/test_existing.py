"""Topics of sources that cannot be right."""

from __future__ import annotations

import pytest

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.topic_source.existing import check_topics_exist


@pytest.mark.parametrize("topic", ["dead-letters", "analytics", "unattributed", "aliases"])
async def test_a_topic_that_the_gateway_writes_is_no_source(topic: str) -> None:
    """Each dead letter that it read would be another dead letter, without end."""
    settings = Settings(topic_prefix="eu")
    with pytest.raises(UserError, match="of their own"):
        await check_topics_exist(settings, {"shop": settings.topic(topic)})
