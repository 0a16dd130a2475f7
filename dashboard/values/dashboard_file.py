"""The file of a dashboard, `dashboard.toml`: who may come in, and what the pages measure. Only values."""

from __future__ import annotations

import msgspec


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Login by OpenID Connect: code with PKCE. `client_secret` is the name of a `VITALS_SECRET_…`; "" for none.

    `role_claim` is the claim (a text or a list) whose values `roles` maps to ours; without a match, `default_role`.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "email"
    role_claim: str = ""
    roles: dict[str, str] = {}
    default_role: str = "viewer"


class Proxy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trusted proxy that names the person in a header. Only requests from `addresses` (IPs or networks) count."""

    addresses: tuple[str, ...]
    user_header: str = "x-forwarded-user"
    role_header: str = ""
    default_role: str = "viewer"


class Doors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How people come in: exactly one of `oidc` and `proxy`. `address` is where they reach the dashboard (https://).

    `people` are owners' names by login, where they differ: it says whose accounts are «mine». `proxies` are the IPs or
    networks of reverse proxies, whose `X-Forwarded-For` says where a request came from.
    """

    address: str
    oidc: Oidc | None = None
    proxy: Proxy | None = None
    session_hours: float = 12.0
    people: dict[str, str] = {}
    admins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()


class KpiRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One CS KPI. An account counts when one of `events` came within `days`: of now or, with `from_start`, of its
    start. `target` is 0 to 1.
    """

    label: str
    events: tuple[str, ...]
    days: float
    target: float
    from_start: bool = False


KPIS: dict[str, KpiRule] = {
    "health_check": KpiRule(label="Health-check coverage, 30 d", events=("health_check",), days=30, target=0.9),
    "onboarded": KpiRule(
        label="Onboarded on time", events=("onboarding_completed",), days=30, target=0.85, from_start=True
    ),
    "qbr": KpiRule(label="QBR cadence", events=("qbr_held",), days=92, target=0.8),
    "call": KpiRule(label="Call coverage", events=("call_held",), days=30, target=0.8),
    "training": KpiRule(
        label="Training within 30 d", events=("training_completed",), days=30, target=0.75, from_start=True
    ),
    "email": KpiRule(label="E-mail engagement", events=("email_opened", "email_clicked"), days=90, target=0.6),
}
"""The six KPIs unless the file says otherwise."""
LINKS: dict[str, str] = {
    "stripe.customer": "https://dashboard.stripe.com/customers/{id}",
    "intercom.company": "https://app.intercom.com/a/apps/_/companies/{id}",
}
"""Where an account is elsewhere, by kind of foreign id."""


class DashboardFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `currency` is an ISO 4217 code. `doors` is None in local mode only."""

    doors: Doors | None = None
    currency: str = "USD"
    zone: str = "UTC"
    logins: tuple[str, ...] = ("login", "logged_in", "user_logged_in", "session_started")
    kpis: dict[str, KpiRule] = {}
    links: dict[str, str] = {}

    def __post_init__(self) -> None:
        """What the file does not name stays as it ships."""
        msgspec.structs.force_setattr(self, "kpis", KPIS | self.kpis)
        msgspec.structs.force_setattr(self, "links", LINKS | self.links)
