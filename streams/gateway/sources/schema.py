"""`gateway.toml` as structs: the sources, what verifies them, and where their accounts stand. Pure.

```toml
[sources.billing]
kind = "stripe"
secrets = ["VITALS_SECRET_STRIPE"]       # several while a secret is changed
```
"""

from __future__ import annotations

from typing import Literal

import msgspec

IdsAre = Literal["accounts", "foreign"]
"""Whether ids of groups are our account ids, or ids that an alias leads from."""


class AccountRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an event's account stands: a JSON pointer (RFC 6901) into the event as its vendor sends it.

    Without `kind` the value is our account id; with one an alias must lead from it.
    """

    pointer: str
    kind: str = ""


class _Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all sources have. `secrets` and `keys` are names of variables that begin with `VITALS_SECRET_`.

    A source with neither must say `insecure`. `ids` is the first part of the kinds of its foreign ids, by default the
    vendor's name: two Zendesks need two. `topics` puts events of these names on other input topics. `account`
    replaces the vendor's own rules, if given. `tolerance` is the greatest distance of a signed time from now, into the
    past and into the future. `answer_within` replaces the vendor's limit.
    """

    secrets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    insecure: bool = False
    ids: str = ""
    topics: dict[str, str] = {}
    account: tuple[AccountRule, ...] = ()
    tolerance: str = "5m"
    answer_within: str = ""


class VitalsSource(_Source, frozen=True, tag="vitals"):
    """Events in the shapes of docs/events.md: `/v1/events`, and the two posts of seed 000. Each with a bearer key."""


class SegmentSource(_Source, frozen=True, tag="segment"):
    """Segment and RudderStack: webhooks, and the HTTP tracking API with a write key."""

    group_ids: IdsAre = "accounts"


class PostHogSource(_Source, frozen=True, tag="posthog"):
    """PostHog: capture calls, and webhook destinations. `group_type` is the type of group that is an account."""

    group_ids: IdsAre = "accounts"
    group_type: str = ""


class StripeSource(_Source, frozen=True, tag="stripe"):
    """Stripe: snapshot events, and thin ones, for which `api_key` names the variable with a key that may read.

    `rates` says what one unit of a currency is worth in `currency`; an amount in any other currency has no MRR. Events
    of Stripe's test mode are ignored, unless `test_mode`.
    """

    api_key: str = ""
    test_mode: bool = False
    api_address: str = "https://api.stripe.com"
    currency: str = "usd"
    rates: dict[str, float] = {}


class SentrySource(_Source, frozen=True, tag="sentry"):
    """Sentry's webhooks of an integration. `tag` is the tag that holds the account."""

    tag_name: str = "account_id"


class ZendeskSource(_Source, frozen=True, tag="zendesk"):
    """Zendesk's webhooks: ticket events, and bodies of triggers."""


class IntercomSource(_Source, frozen=True, tag="intercom"):
    """Intercom's notifications."""


class HubSpotSource(_Source, frozen=True, tag="hubspot"):
    """HubSpot's notifications of a private app. `address` is the public URL that HubSpot calls, which it signs.

    `account_property` is the property of a company that holds the account.
    """

    address: str = ""
    account_property: str = "account_id"


class StandardWebhooksSource(_Source, frozen=True, tag="standard-webhooks"):
    """Anything that signs by Standard Webhooks."""


class CloudEventsSource(_Source, frozen=True, tag="cloudevents"):
    """CloudEvents over HTTP, or those of another `kafka_topic`, which the gateway reads as a consumer."""

    kafka_topic: str = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a generic source's event has what: JSON pointers. `events` finds the list, if one request holds several.

    `name` is the event's name where `event` finds none; `names` renames.
    """

    event: str = ""
    name: str = ""
    time: str = ""
    id: str = ""
    user: str = ""
    properties: str = ""
    events: str = ""
    names: dict[str, str] = {}


class GenericSource(_Source, frozen=True, tag="generic"):
    """Any JSON, by a small table. `scheme` is how it is signed: the name of a vendor's scheme, or "hmac-sha256"."""

    map: Mapping
    topic: str = "analytics"
    scheme: str = ""
    header: str = ""


Source = (
    VitalsSource
    | SegmentSource
    | PostHogSource
    | StripeSource
    | SentrySource
    | ZendeskSource
    | IntercomSource
    | HubSpotSource
    | StandardWebhooksSource
    | CloudEventsSource
    | GenericSource
)


class GatewayFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `gateway.toml`."""

    sources: dict[str, Source]
