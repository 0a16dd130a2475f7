"""Two signs that others may own a process's partitions: it stood still for too long, or its name was taken."""

from __future__ import annotations

from streams.engine.ports import EngineOptions, Exit


class Liveness:
    """Knows when the event loop was last seen running. Times are monotonic seconds, given."""

    def __init__(self, options: EngineOptions, end: Exit) -> None:
        self._limit_seconds = options.session_timeout_ms / 2_000
        self._exit = end
        self._alive_at = 0.0

    def beat(self, now: float) -> None:
        """The loop runs."""
        self._alive_at = now

    def check(self, now: float) -> None:
        """End the process when the loop stood still for half the session timeout; else this is a beat."""
        stalled = now - self._alive_at
        if self._alive_at and stalled > self._limit_seconds:
            self._exit.crash(f"the worker stood still for {stalled:.1f} s, others may have taken its partitions over")
        self._alive_at = now


class StaticName:
    """Knows since when a static member holds partitions in one generation. Times are monotonic seconds, given."""

    def __init__(self, options: EngineOptions, end: Exit) -> None:
        self._options = options
        self._exit = end
        self._generation, self._since = -1, 0.0

    def check(self, generation: int, now: float) -> None:
        """End the process when another one has taken its name, which each would take back for ever.

        A static member that is given partitions again within one generation lost them to one of its own name: any other
        loss makes a new generation. One that has them since less than the session timeout goes on, so that of two it
        is the older that ends.
        """
        name = self._options.group_instance_id
        if generation != self._generation:
            self._generation, self._since = generation, now
        elif name and now - self._since > self._options.session_timeout_ms / 1_000:
            self._exit.abort(
                f"another process took the name {name!r} in the group {self._options.deployment}: give each a "
                "VITALS_GROUP_INSTANCE_ID of its own."
            )
