"""Messages on the `control` topic: everything that changes an answer and is not a producer's event.

They are co-partitioned with the inputs, so a partition's logs hold everything that its answers depend on, in order.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CONTROL_MAX_BYTES = 900_000


class InvalidControl(ValueError):
    """A control message that is invalid. The text says why."""


class Tick(msgspec.Struct, frozen=True, tag="tick", kw_only=True):
    """Advances time to `instant_ms` (milliseconds since 1970, UTC) without an event.

    With `declare`, every account is judged and answered at that instant, and a cohort norm is made for it.
    """

    instant_ms: int
    declare: bool = False


class NormDue(msgspec.Struct, frozen=True, tag="norm_due", kw_only=True):
    """Requests a cohort norm for `instant_ms`: every partition sends its part to partition 0."""

    instant_ms: int


class NormPart(msgspec.Struct, frozen=True, tag="norm_part", kw_only=True):
    """The greatest value of each signal in one partition; sent to partition 0, whose owner merges the parts."""

    instant_ms: int
    partition: int
    values: dict[str, float]


class SetOverride(msgspec.Struct, frozen=True, tag="set_override", kw_only=True):
    """A person sets an account's score (0-100) until `until_ms`, exclusive; sent to the account's partition.

    A later override replaces an earlier one.
    """

    instant_ms: int
    account_id: str
    score: float
    reason: str
    author: str
    until_ms: int


class EndOverride(msgspec.Struct, frozen=True, tag="end_override", kw_only=True):
    """Ends the override of an account early; sent to the account's partition."""

    instant_ms: int
    account_id: str
    author: str


class CaseCommand(msgspec.Struct, frozen=True, tag="case", kw_only=True, omit_defaults=True):
    """A person acts on a case; sent to the account's partition. `rule` "" means every open case of the account.

    `command` is "acknowledge", "snooze" (until `until_ms`, exclusive), "wake" (ends a snooze early), "assign" (to
    `assignee`), "resolve" or "note". `action` names the action taken, for the report. A snooze with rule "" mutes
    the whole account, also rules that open a case later. `case` is the case that the person saw, "" for whichever is
    open: where another one is open by now, the command is refused.
    """

    instant_ms: int
    account_id: str
    command: Literal["acknowledge", "snooze", "wake", "assign", "resolve", "note"]
    author: str
    rule: str = ""
    until_ms: int = 0
    assignee: str = ""
    reason: str = ""
    action: str = ""
    case: str = ""


class FleetAlarm(msgspec.Struct, frozen=True, tag="fleet_alarm", kw_only=True, omit_defaults=True):
    """A feed has stopped, or the fleet falls together; sent to every partition. `state` "ended" ends the alarm `id`.

    `topics` are the input topics, by logical name, and `sources` the model's sources that have stopped: components that
    look at them freeze. When both are empty none does, and alerts are held all the same. `since_ms` is when the feed
    was last heard. `words` is one sentence for people.
    """

    instant_ms: int
    id: str
    state: Literal["begun", "ended"]
    words: str
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since_ms: int = 0


class Forget(msgspec.Struct, frozen=True, tag="forget", kw_only=True, omit_defaults=True):
    """Removes an account from state, changelog and answers, and refuses what still arrives for it.

    Sent to the account's partition. With `into`, the account was merged into that one: what still arrives for it is
    sent on under that account. With `lift`, an account that was forgotten may come again.
    """

    instant_ms: int
    account_id: str
    author: str
    reason: str = ""
    into: str = ""
    lift: bool = False


class Canary(msgspec.Struct, frozen=True, tag="canary", kw_only=True):
    """Makes the worker decide a case that opens and is resolved for no account (`alerts.lifecycle.canary`), so that the
    path of an alert can be watched; sent to every partition. Time does not advance."""

    instant_ms: int


class Norm(msgspec.Struct, frozen=True, tag="norm", kw_only=True):
    """The greatest value of each signal over all accounts at `instant_ms`; sent to every partition."""

    instant_ms: int
    values: dict[str, float]


AccountControl = SetOverride | EndOverride | CaseCommand
"""The messages that concern one account."""
Control = Tick | NormDue | NormPart | Norm | FleetAlarm | Canary | Forget | AccountControl

_decoder: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)


def encode_control(message: Control) -> bytes:
    """The JSON of a control message."""
    return msgspec.json.encode(message)


def decode_control(value: bytes | None) -> Control:
    """The control message in `value`.

    Raises:
        ValueError: when it is not a control message.
    """
    if value is None or len(value) > CONTROL_MAX_BYTES:
        raise ValueError("a control message is a JSON object of at most 900,000 bytes")
    try:
        return _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no control message: {error}") from None
