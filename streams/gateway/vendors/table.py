"""Every kind of source that the gateway takes, by the kind's tag in `gateway.toml`."""

from __future__ import annotations

from streams.gateway.reading import Vendor
from streams.gateway.vendors import cloudevents, generic, hubspot, sentry, standard_webhooks, vitals
from streams.gateway.vendors.intercom import reader as intercom
from streams.gateway.vendors.posthog import requests as posthog
from streams.gateway.vendors.segment import requests as segment
from streams.gateway.vendors.stripe import reader as stripe
from streams.gateway.vendors.zendesk import reader as zendesk

VENDORS: dict[str, Vendor] = {
    "vitals": vitals.VENDOR,
    "segment": segment.VENDOR,
    "posthog": posthog.VENDOR,
    "standard-webhooks": standard_webhooks.VENDOR,
    "cloudevents": cloudevents.VENDOR,
    "generic": generic.VENDOR,
    "hubspot": hubspot.VENDOR,
    "intercom": intercom.VENDOR,
    "sentry": sentry.VENDOR,
    "zendesk": zendesk.VENDOR,
    "stripe": stripe.VENDOR,
}
