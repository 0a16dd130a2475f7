"""Makes the doors that a dashboard file asks for, with their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.doors.addresses import Networks
from dashboard.doors.entrance import Door, origin_of
from dashboard.doors.local import LocalDoor
from dashboard.doors.login import LoginDesk
from dashboard.doors.provider import Provider
from dashboard.doors.proxy import ProxyDoor
from dashboard.doors.seal import seal_of
from dashboard.doors.sessions import SessionDoor, Sessions
from dashboard.values.dashboard_file import DashboardFile
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError
from streams.operations.dashboard_metrics import DashboardMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """`address` is the origin of the dashboard's pages, "" in local mode. `login` is None where nobody logs in here."""

    door: Door
    address: str
    proxies: Networks
    login: LoginDesk | None


def open_doors(
    file: DashboardFile, settings: Settings, environment: Mapping[str, str], metrics: DashboardMetrics
) -> Doors:
    """The doors of a file; local mode without any. Blocks while secrets are read.

    Raises:
        UserError: when a secret is not set, or cannot be used.
    """
    given = file.doors
    if given is None:
        return Doors(door=LocalDoor(environment), address="", proxies=Networks(()), login=None)
    seal, address = seal_of(environment), origin_of(given.address)
    if given.proxy is not None:
        proxies = Networks((*given.proxy.addresses, *given.proxies))
        return Doors(door=ProxyDoor(given, given.proxy, seal), address=address, proxies=proxies, login=None)
    if given.oidc is None:
        raise UserError("Nothing says who may come in: add [doors.oidc] or [doors.proxy] to the dashboard file.")
    name = given.oidc.client_secret
    secret = sink_secret(environment, name) if name else Secret()
    sessions = Sessions(seal, address, given.session_hours)
    desk = LoginDesk(
        provider=Provider(given, given.oidc, secret, settings),
        sessions=sessions,
        seal=seal,
        address=address,
        metrics=metrics,
    )
    return Doors(door=SessionDoor(sessions), address=address, proxies=Networks(given.proxies), login=desk)
