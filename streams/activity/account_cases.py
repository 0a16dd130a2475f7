"""The alert steps of one account, and its transitions, while they are folded, and their bytes. Pure.

The newest are kept, and of a case that is not over its first and its last step, however old they are. All is by the
numbers that the account's own records have, so any order of messages gives the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from alerts.notification import Notification
from alerts.step import AlertStep
from streams.read_model.account_values import STEPS_MAX, TRANSITIONS_MAX

OVER = ("resolved", "retracted")
_LEVEL = 6
_bodies: msgspec.msgpack.Decoder[list[bytes]] = msgspec.msgpack.Decoder(list[bytes])
_steps = msgspec.json.Decoder(AlertStep)
_notifications = msgspec.json.Decoder(Notification)


class KeptStep(NamedTuple):
    """A step, and the bytes that it came in."""

    step: AlertStep
    body: bytes


def step_of(body: bytes | None) -> AlertStep:
    """The step in a message of the topic `alerts`.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: when it is none.
    """
    return _steps.decode(body or b"")


def notification_of(body: bytes | None) -> Notification:
    """The transition in a message of the topic `notifications`. Raises as `step_of`."""
    return _notifications.decode(body or b"")


def pack(bodies: Iterable[bytes]) -> bytes:
    """Bodies as one."""
    return zlib.compress(msgspec.msgpack.encode(list(bodies)), _LEVEL)


def unpack(packed: bytes | None) -> list[bytes]:
    """What `pack` was given; nothing for None.

    Raises:
        msgspec.DecodeError, zlib.error: when it was given nothing of this.
    """
    return [] if packed is None else _bodies.decode(zlib.decompress(packed))


class AccountSteps:
    """The steps of an account, by id. Mutable; the fold owns it."""

    def __init__(self, packed: bytes | None = None) -> None:
        """From its bytes, or a new one. Raises as `unpack` and `step_of`."""
        self._kept = {step.id: KeptStep(step, body) for body in unpack(packed) for step in (step_of(body),)}

    def take(self, step: AlertStep, body: bytes) -> bool:
        """Take a step; False when it is known already."""
        if step.id in self._kept:
            return False
        self._kept[step.id] = KeptStep(step, body)
        return True

    def trim(self) -> None:
        """Drop the oldest steps beyond the limit, but none that an open case needs."""
        if len(self._kept) <= STEPS_MAX:
            return
        ordered = self.ordered()
        needed: set[str] = set()
        for case_id in self.open_cases():
            of_case = [each.step.id for each in ordered if each.step.case_id == case_id and each.step.step != "none"]
            needed |= {of_case[0], of_case[-1]}
        loose = [each.step.id for each in ordered if each.step.id not in needed]
        for step_id in loose[: len(ordered) - STEPS_MAX]:
            del self._kept[step_id]

    def ordered(self) -> list[KeptStep]:
        """The steps, the oldest first."""
        return sorted(self._kept.values(), key=lambda each: (each.step.sequence, each.step.id))

    def cases(self) -> set[str]:
        """The ids of the cases that have a step here."""
        return {each.step.case_id for each in self._kept.values() if each.step.case_id}

    def open_cases(self) -> dict[str, KeptStep]:
        """The last step of each case that is not over."""
        last = {each.step.case_id: each for each in self.ordered() if each.step.case_id and each.step.step != "none"}
        return {case_id: each for case_id, each in last.items() if each.step.status not in OVER}

    def to_bytes(self) -> bytes:
        """The bytes of it."""
        return pack(each.body for each in self.ordered())


class AccountTransitions:
    """The newest transitions of an account, by id. Mutable; the fold owns it."""

    def __init__(self, packed: bytes | None = None) -> None:
        """From its bytes, or a new one. Raises as `unpack` and `notification_of`."""
        self._kept = {each.id: (each.sequence, body) for body in unpack(packed) for each in (notification_of(body),)}

    def take(self, transition: Notification, body: bytes) -> bool:
        """Take a transition; False when it is known already."""
        if transition.id in self._kept:
            return False
        self._kept[transition.id] = (transition.sequence, body)
        return True

    def to_bytes(self) -> bytes:
        """The bytes of the newest of them."""
        ordered = sorted(self._kept.items(), key=lambda each: each[1][0])
        return pack(body for _, (_, body) in ordered[-TRANSITIONS_MAX:])
