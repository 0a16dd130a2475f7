"""Messages in doubt: they were refused, or failed again and again. Is the message at fault, or the sink?"""

from __future__ import annotations

from alerts.gathered import Gathered
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, Message

DOUBTS_AT_ONCE = 10
"""With this many different messages in doubt the sink counts as being at fault."""
WAITING_AT_ONCE = 1_000
"""How many messages may wait behind others of their account."""
FAILURES = 8
FAILING_SECONDS = 600.0
"""A message that failed so often, over so long, is in doubt."""
FAILURES_BETWEEN = 2
"""Given up: a message in doubt that failed so often right after the sink had accepted another one. Once is not
enough, because a sink may go down at just that moment."""


class StillInDoubt(DeliveryFailed):
    """The messages in doubt were tried again, in vain. It says nothing about the next message."""


class Doubt:
    """One message in doubt, or one on its way there. Mutable."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.is_refused = False
        """Refused, and reported as such. Else it failed, or waits behind one that did."""
        self.failures = 0
        self.why = ""
        """The text of the last failure."""
        self.quiet_seconds = 0.0
        """The pause that the sink asked for then."""
        self._began = 0.0
        self._latest = 0.0
        self._between = 0

    def failed(self, error: Exception, at_seconds: float, *, after_accepted: bool = False) -> None:
        """An attempt failed; `after_accepted`: the one just before, of another message, was accepted."""
        self._between += after_accepted and self.is_due
        self._began = self._began if self.failures else at_seconds
        self._latest = at_seconds
        self.failures += 1
        self.why = str(error)
        self.quiet_seconds = (error.retry_after_seconds or 0.0) if isinstance(error, DeliveryFailed) else 0.0

    @property
    def is_due(self) -> bool:
        """Whether it failed often and long enough to be in doubt."""
        return self.failures >= FAILURES and self._latest - self._began >= FAILING_SECONDS

    @property
    def is_hopeless(self) -> bool:
        """Whether it is proved that the message is at fault."""
        return self.is_due and self._between >= FAILURES_BETWEEN and not self.is_refused


class Doubts:
    """The messages in doubt of one lane, in order. Refused ones are settled when the sink accepts another: it works, so
    the refusals are final. The others stay until they are delivered or given up.

    While there are any, no offset is committed: if this process ends, they are read again. Later messages of an account
    wait behind one of it that failed. A message about many accounts waits for none, and none waits for it.
    """

    def __init__(self) -> None:
        self._doubts: dict[str, Doubt] = {}

    def __bool__(self) -> bool:
        return bool(self._doubts)

    def __contains__(self, message: Message) -> bool:
        return message.id in self._doubts

    @property
    def is_full(self) -> bool:
        """Whether ten are in doubt, so that the sink itself counts as being at fault, or too many wait."""
        waiting = sum(not doubt.failures and not doubt.is_refused for doubt in self._doubts.values())
        return len(self._doubts) - waiting >= DOUBTS_AT_ONCE or waiting >= WAITING_AT_ONCE

    @property
    def failed(self) -> list[Doubt]:
        """Those that failed or wait, oldest first."""
        return [doubt for doubt in self._doubts.values() if not doubt.is_refused]

    def refused(self, message: Message) -> bool:
        """Add a refusal. False if it was there already."""
        is_new = message not in self
        if is_new:
            doubt = Doubt(message)
            doubt.is_refused = True
            self.add(doubt)
        return is_new

    def add(self, doubt: Doubt) -> None:
        """Add one that failed, or that must wait."""
        self._doubts.setdefault(doubt.message.id, doubt)

    def remove(self, doubt: Doubt) -> None:
        """It is done: delivered, or given up."""
        self._doubts.pop(doubt.message.id, None)

    def holds_back(self, message: Message) -> bool:
        """Whether `message` must wait: it failed itself, or an earlier one of its account did."""
        place = order_key(message)
        return any(order_key(doubt.message) == place for doubt in self.failed)

    def settle(self) -> None:
        """The sink accepted a message, so it works: the refusals are final."""
        self._doubts = {doubt.message.id: doubt for doubt in self.failed}

    def clear(self) -> None:
        """Forget all: they are read again, by the notifier that has the lane then."""
        self._doubts.clear()

    def oldest_first(self) -> list[Doubt]:
        """All, oldest first."""
        return list(self._doubts.values())

    def fault(self) -> ChannelUnavailable | StillInDoubt:
        """What to say when nothing in doubt was accepted."""
        if failed := [doubt for doubt in self._doubts.values() if doubt.why]:
            quiet = max(doubt.quiet_seconds for doubt in failed)
            text = f"{len(self._doubts)} messages wait; the first one failed: {failed[0].why}"
            return StillInDoubt(text, quiet or None, reason="server")
        return ChannelUnavailable(
            f"refused {len(self._doubts)} messages in a row, so the sink itself is probably at fault: check its log."
        )


def order_key(message: Message) -> tuple[str, str]:
    """Messages with the same key keep their order: those of one account. Of messages about many, each has its own."""
    return ("many", message.id) if isinstance(message, Gathered) else ("account", message.account_id)


def may_be_the_message(error: Exception) -> bool:
    """Whether a failure may be due to the message: not when the sink asks for quiet, or a store of ours is down."""
    return isinstance(error, DeliveryFailed) and error.reason not in ("rate_limited", "store")
