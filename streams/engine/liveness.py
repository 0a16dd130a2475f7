"""Two signs that others may own a process's partitions: it stalled for too long, or its member name was taken."""

from __future__ import annotations

from streams.engine.ports import EngineOptions, Exit


class Liveness:
    """Tracks when the event loop last ran. Times are monotonic seconds, passed in."""

    def __init__(self, options: EngineOptions, end: Exit) -> None:
        self._limit_seconds = options.session_timeout_ms / 2_000
        self._exit = end
        self._alive_at = 0.0

    def beat(self, now: float) -> None:
        """Note that the loop runs."""
        self._alive_at = now

    def check(self, now: float) -> None:
        """End the process if the loop stalled for half the session timeout; otherwise count this call as a beat."""
        stalled = now - self._alive_at
        if self._alive_at and stalled > self._limit_seconds:
            self._exit.crash(f"the worker stood still for {stalled:.1f} s, others may have taken its partitions over")
        self._alive_at = now


class StaticName:
    """Tracks since when a static member has held partitions in one generation. Times are monotonic seconds, passed
    in."""

    def __init__(self, options: EngineOptions, end: Exit) -> None:
        self._options = options
        self._exit = end
        self._generation, self._since = -1, 0.0

    def check(self, generation: int, now: float) -> None:
        """End the process if another one took its name; otherwise the two would take it from each other for ever.

        A static member that is assigned partitions again within one generation lost them to a member with its own name:
        any other loss makes a new generation. A member that has held them for less than the session timeout continues,
        so that of the two the older one ends.
        """
        name = self._options.group_instance_id
        if generation != self._generation:
            self._generation, self._since = generation, now
        elif name and now - self._since > self._options.session_timeout_ms / 1_000:
            self._exit.abort(
                f"another process took the name {name!r} in the group {self._options.deployment}: give each a "
                "VITALS_GROUP_INSTANCE_ID of its own."
            )
