"""The ticket systems, by the name that a rules file has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from alerts.sinks.tickets.api import TicketApi
from alerts.sinks.tickets.generic import GenericTickets
from alerts.sinks.tickets.hubspot import HubSpotTasks
from alerts.sinks.tickets.linear import Linear
from alerts.sinks.tickets.zendesk import Zendesk

TICKET_SYSTEMS: Mapping[str, Callable[[str, str, Mapping[str, str], httpx.AsyncClient], TicketApi]] = {
    "zendesk": Zendesk,
    "linear": Linear,
    "hubspot": HubSpotTasks,
    "generic": GenericTickets,
}
"""(address, token, fields, client) ▸ the system."""
