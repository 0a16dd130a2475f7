"""The topic of an event by its name."""

from __future__ import annotations

import pytest

from streams.gateway.vendors.usual_topics import usual_topic


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("Report Exported", "analytics"),
        ("group", "analytics"),
        ("Subscription Started", "billing"),
        ("payment_failed", "billing"),
        ("Plan Downgraded", "billing"),
        ("Support Ticket Opened", "tickets"),
        ("ticket.solved", "tickets"),
        ("$exception", "exceptions"),
        ("Application Crashed", "exceptions"),
        ("$feature_flag_called", "analytics"),
        ("x" * 10_000, "analytics"),
    ],
)
def test_a_name_is_looked_for_where_the_shipped_models_look(name: str, topic: str) -> None:
    assert usual_topic(name) == topic
