"""The processes that `vitals up` starts: servers unless others are set, then worker, projector, notifier, guard,
attribution, gateway and dashboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import msgspec

from streams.deployment.environment import full_environment
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.interactions.configured import is_configured
from vitals.local.child import Child
from vitals.local.embedded import Embedded, free_port, port_or_free, start_kafka, start_redis
from vitals.local.own_python import COMMAND, python_path

ROLES = {
    "worker": "worker",
    "projector": "project",
    "notifier": "notify",
    "guard": "guard",
    "attribution": "attribute",
    "gateway": "gateway",
    "dashboard": "dashboard",
}
"""Our processes, and the command that each runs."""
INTERACTIONS = {"interactions": "interactions"}
"""Only with a signing secret of Slack, or a key for links."""
GRACE_SECONDS = 10.0
HURRIED_SECONDS = 2.0
"""The grace period once a process has ended by itself: the others would wait for it in vain."""


class Stack:
    """The running processes. After `start_servers`, `settings` point at the servers; each process gets a metrics port.

    Owned by one thread. Always end with `stop`.
    """

    def __init__(self, environment: Mapping[str, str], model: str) -> None:
        """Read the deployment's settings from `environment`, and override those that suit a laptop.

        Raises:
            UserError: when a setting is not valid.
        """
        self.settings = msgspec.structs.replace(
            Settings.from_environment(environment),
            model=model,
            alerts=environment.get("VITALS_ALERTS") or "at-once",
            clock="event",
            merge_wait_ms=200,
            flush_ms=500,
            # The embedded broker makes a member that joins a group wait for half of it.
            session_timeout_ms=6_000,
            gateway=environment.get("VITALS_GATEWAY") or "local",
            dashboard=environment.get("VITALS_DASHBOARD") or "local",
        )
        for field in ("gateway_port", "dashboard_port"):
            if not environment.get(f"VITALS_{field.upper()}"):  # another `vitals up` may have the usual one
                port = port_or_free(getattr(self.settings, field))
                self.settings = msgspec.structs.replace(self.settings, **{field: port})
        self.is_own_kafka = not environment.get("VITALS_KAFKA")
        self._starts_redis = not environment.get("VITALS_REDIS")
        self._children: list[Child] = []
        self.metrics: dict[str, str] = {}
        """The URL of each process's metrics, by role."""

    def start_servers(self) -> None:
        """Start broker and Redis, unless the environment names others. Takes about 0.1 s each.

        Raises:
            UserError: when one cannot be started.
        """
        if self.is_own_kafka:
            self.settings = msgspec.structs.replace(self.settings, kafka=self._start(start_kafka), idempotent=0)
        if self._starts_redis:
            self.settings = msgspec.structs.replace(self.settings, redis=self._start(start_redis))

    def start_processes(self) -> None:
        """Start our processes. The topics must exist, so that they do not have to wait. Does not block."""
        # The processes pick what is ours; a command that prints tokens may need the rest.
        given = {**full_environment(), "PYTHONPATH": python_path(os.environ)}
        for role, command in roles_of(self.settings, given).items():
            port = free_port()
            own = msgspec.structs.replace(self.settings, metrics_port=port)
            child = Child(f"The {role}", [*COMMAND, command], environment=given | own.environment())
            self._children.append(child)
            child.start()
            self.metrics[role] = f"http://{own.metrics_host}:{port}/metrics"

    def check(self) -> None:
        """Check that everything runs.

        Raises:
            UserError: when a process has ended; if several have, the one that the others need. Quotes its last output.
        """
        for child in self._children:
            if not child.is_running:
                output = child.last_lines() or "(nothing)"
                raise UserError(
                    f"{child.name} (process {child.pid}) has ended unexpectedly, {_how(child.returncode)}. "
                    f"Its last output:\n{output}\nFix what it says, then start again."
                )

    def stop(self) -> None:
        """Stop everything, last started first, each within its grace period. Idempotent."""
        is_whole = all(child.is_running for child in self._children)
        while self._children:
            self._children[-1].stop(GRACE_SECONDS if is_whole else HURRIED_SECONDS)
            self._children.pop()

    def _start(self, start: Callable[[], Embedded]) -> str:
        server = start()
        self._children.append(server.child)
        return server.address


def roles_of(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The processes to start, and the command of each. Blocks while rules are read.

    Raises:
        UserError: when the rules, or a secret that they name, cannot be read.
    """
    return ROLES | INTERACTIONS if is_configured(settings, environment) else ROLES


def _how(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return f"by signal {-returncode}"
    return f"with exit code {returncode}"
