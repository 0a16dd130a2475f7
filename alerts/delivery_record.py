"""The records of the topic `deliveries`: what became of each alert step on each route. Only values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from alerts.gathered import Why

DeliveryOutcome = Literal[
    "delivered",
    "in_digest",
    "in_storm",
    "in_summary",
    "duplicate",
    "refused",
    "no_route",
    "muted_route",
    "not_shown",
    "before_route",
    "stale",
]
"""`in_…`: delivered as a part of one message about many; "in_summary" after quiet hours, an outage, snoozes or a used
rate. "duplicate": the sink had it already, by another route. "muted_route": the route leads to `none`. "not_shown": the
sink shows no such steps. "no_route": no route takes it. "stale": it was old when it was made."""
GATHERED_AS: Mapping[Why, DeliveryOutcome] = {
    "digest": "in_digest",
    "storm": "in_storm",
    "quiet": "in_summary",
    "rate": "in_summary",
    "outage": "in_summary",
    "snooze": "in_summary",
}


class DeliveryRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one step on one route. The key of the message is the account; a repeat has the same content but
    for `at`.

    `step_id` is that of the `AlertStep`; `route` and `sink` name the configuration's, "" with "no_route". `message_id`
    identifies the message that people got: the step's id, or the digest's. `held_by` says what made it wait, if
    anything did: "quiet", "storm", "rate", "digest", "outage", "sink". `why` is the text of a refusal, or says who was
    left out of a delivery.
    """

    step_id: str
    account_id: str
    rule: str
    outcome: DeliveryOutcome
    at: str
    route: str = ""
    sink: str = ""
    message_id: str = ""
    held_by: str = ""
    why: str = ""
