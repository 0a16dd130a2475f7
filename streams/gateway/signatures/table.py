"""Every scheme of signatures, by the name that `Vendor.scheme` gives. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures import hubspot, intercom, segment, sentry, standard_webhooks, zendesk
from streams.gateway.signatures.stripe import verify_stripe

Scheme = Callable[[bytes, Mapping[str, str], Sequence[Secret], float, float], None]
"""Checks (raw body, headers by lower-case name, secrets, now in seconds, tolerance in seconds). One of the secrets must
have signed. Raises `BadSignature`."""

SCHEMES: dict[str, Scheme] = {
    "segment": segment.check,
    standard_webhooks.SCHEME: standard_webhooks.check,
    "stripe": verify_stripe,
    hubspot.SCHEME: hubspot.check,
    intercom.SCHEME: intercom.check,
    sentry.SCHEME: sentry.check,
    zendesk.SCHEME: zendesk.check,
}
