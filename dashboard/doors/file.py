"""Reads `dashboard.toml` and checks it. Every error names the line, the key and the fix, as those of a model do."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from dashboard.doors.local import LOCAL
from dashboard.values.dashboard_file import DashboardFile, Doors, KpiRule, Oidc, Proxy
from scoring.model.checks.toml_lines import line_of
from scoring.model.checks.toml_tables import converted, tables_of
from scoring.model.rule_checks import ModelRuleError, suggestion
from streams.deployment.sink_secrets import SECRET_PREFIX
from streams.errors import UserError
from streams.toml_files import toml_file
from streams.workspace.records import Role

_TOP = "dashboard"
"""Stands before the keys of the file while they are checked; no line and no error has it."""
_ROLES: tuple[str, ...] = get_args(Role)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VARIABLE = re.compile("[A-Z0-9_]{0,60}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
SESSION_MAX_HOURS = 168.0
LINK_MAX_CHARACTERS = 500
_WIDE_BITS = {4: 8, 6: 16}
"""A network with a shorter prefix is hardly one of proxies."""


def read_dashboard_file(name_or_path: str) -> DashboardFile:
    """The file at a path, or the defaults in local mode. Blocks.

    Raises:
        UserError: when the file is missing or not valid. The text names the key and how to fix it.
    """
    if name_or_path == LOCAL:
        return DashboardFile()
    if not name_or_path:
        raise UserError(
            "VITALS_DASHBOARD is not set: set it to the path of a file that says who may come in "
            "(docs/dashboard-access.md), or to 'local' to try it on this machine."
        )
    try:
        return load_dashboard_file(toml_file(name_or_path, "dashboard file", (LOCAL,)))
    except ValueError as error:
        raise UserError(f"{name_or_path}: {error}") from None


def load_dashboard_file(text: str) -> DashboardFile:
    """The file in a TOML text.

    Raises:
        ValueError: «line 3: doors.oidc.issuer: …», when it is not TOML, has an unknown key, or breaks a rule.
    """
    tables = tables_of(text)
    try:
        found: DashboardFile = converted(_TOP, tables, DashboardFile)
        _check(found)
    except ModelRuleError as mistake:
        key = mistake.key.removeprefix(_TOP).lstrip(".")
        words = str(mistake).removeprefix(_TOP).lstrip(".")
        line = line_of(text.removeprefix("\ufeff"), key) if key else 0
        raise ValueError(f"line {line}: {words}" if line else words.lstrip(": ")) from None
    return found


def _check(file: DashboardFile) -> None:
    if file.doors is None:
        words = "nothing says who may come in; add [doors] with `address`, and [doors.oidc] or [doors.proxy]"
        raise ModelRuleError(f"{_TOP}.doors", words)
    _check_doors(file.doors)
    if not re.fullmatch("[A-Z]{3}", file.currency):
        raise ModelRuleError(f"{_TOP}.currency", f"{file.currency!r} is no code of ISO 4217; write one like EUR")
    if file.zone not in available_timezones():
        near = suggestion(file.zone, sorted(available_timezones()))
        raise ModelRuleError(f"{_TOP}.zone", f"{file.zone!r} is no time zone{near} Write one like Europe/Berlin")
    for name, rule in file.kpis.items():
        _check_kpi(f"{_TOP}.kpis.{name}", rule)
    for kind, url in file.links.items():
        if urlsplit(url).scheme not in ("https", "http") or "{id}" not in url or len(url) > LINK_MAX_CHARACTERS:
            words = "write an address that begins with https:// and has {id} where the id belongs"
            raise ModelRuleError(f"{_TOP}.links.{kind}", words)


def _check_doors(doors: Doors) -> None:
    key = f"{_TOP}.doors"
    address = urlsplit(doors.address)
    is_safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK)
    if not is_safe or not address.hostname or address.path.strip("/") or address.query or address.username:
        words = f"{doors.address[:80]!r} cannot be used; write it as people reach it, like https://vitals.example.com"
        raise ModelRuleError(f"{key}.address", words)
    if (doors.oidc is None) == (doors.proxy is None):
        raise ModelRuleError(key, "people come in by exactly one door; add one of [doors.oidc] and [doors.proxy]")
    if not 0 < doors.session_hours <= SESSION_MAX_HOURS:
        words = f"a session lasts up to {SESSION_MAX_HOURS:g} hours; write a number from 0.1 to that"
        raise ModelRuleError(f"{key}.session_hours", words)
    _check_networks(f"{key}.proxies", doors.proxies)
    if doors.oidc is not None:
        _check_oidc(f"{key}.oidc", doors.oidc)
    if doors.proxy is not None:
        _check_proxy(f"{key}.proxy", doors.proxy)


def _check_oidc(key: str, oidc: Oidc) -> None:
    issuer = urlsplit(oidc.issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in _LOOPBACK):
        raise ModelRuleError(f"{key}.issuer", f"{oidc.issuer[:80]!r} is no address with https://; write the provider's")
    if not oidc.client_id:
        raise ModelRuleError(f"{key}.client_id", "it is empty; write the one that the provider gave you")
    if oidc.client_secret and not oidc.client_secret.startswith(SECRET_PREFIX):
        shown = repr(oidc.client_secret) if _VARIABLE.fullmatch(oidc.client_secret) else "what is given"
        words = f"{shown} is not the name of a secret; put the secret into a variable whose name begins with"
        raise ModelRuleError(f"{key}.client_secret", f"{words} {SECRET_PREFIX}, and write that name here")
    if "openid" not in oidc.scopes:
        raise ModelRuleError(f"{key}.scopes", "without openid the provider does not say who it is; add it")
    if oidc.roles and not oidc.role_claim:
        raise ModelRuleError(f"{key}.roles", "nothing says where roles are; add `role_claim`, the name of a claim")
    for value, role in oidc.roles.items():
        _check_role(f"{key}.roles.{value}", role)
    if oidc.default_role:
        _check_role(f"{key}.default_role", oidc.default_role)


def _check_proxy(key: str, proxy: Proxy) -> None:
    if not proxy.addresses:
        raise ModelRuleError(f"{key}.addresses", "no proxy is given; write the addresses that its requests come from")
    _check_networks(f"{key}.addresses", proxy.addresses)
    for name in ("user_header", "role_header"):
        header = getattr(proxy, name)
        if (header or name == "user_header") and not _HEADER.fullmatch(header):
            raise ModelRuleError(f"{key}.{name}", "no header can be called that; write its name alone")
    if proxy.default_role:
        _check_role(f"{key}.default_role", proxy.default_role)


def _check_networks(key: str, given: Sequence[str]) -> None:
    for number, text in enumerate(given):
        at = f"{key}[{number}]"
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise ModelRuleError(at, f"{text[:60]!r} is neither an IP nor a network; write one like 10.0.0.7") from None
        if network.prefixlen < _WIDE_BITS[network.version]:
            words = f"anybody in {text} could say who they are; write the addresses of the proxies alone"
            raise ModelRuleError(at, words)


def _check_role(key: str, role: str) -> None:
    if role not in _ROLES:
        raise ModelRuleError(
            key, f"no role is called {role!r}{suggestion(role, _ROLES)} Take one of {', '.join(_ROLES)}"
        )


def _check_kpi(key: str, rule: KpiRule) -> None:
    if not rule.events:
        raise ModelRuleError(f"{key}.events", "nothing counts; name at least one event")
    if rule.days <= 0:
        raise ModelRuleError(f"{key}.days", "the span is not above 0; write a number of days")
    if not 0 <= rule.target <= 1:
        raise ModelRuleError(f"{key}.target", f"{rule.target:g} is no share; write a number from 0 to 1, like 0.8")
