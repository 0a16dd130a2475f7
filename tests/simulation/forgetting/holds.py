"""What must hold of accounts that were forgotten. Which events came before and which after, their markers say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from scoring.event.event import Event
from scoring.oracle import OracleEvent
from scoring.result import ScoreSnapshot
from streams.changelog import records
from streams.changelog.record_types import ForgottenRecord
from streams.control.messages import Forget, decode_control
from streams.topics import SCORES, TOPICS, partition_of
from streams.verify.evidence import happened
from tests.simulation.broker import Brokers, Stored


class Gone:
    """Knows whom somebody wanted to be forgotten, and what came for them. Mutable."""

    def __init__(self, brokers: Brokers, changelog: str, partitions: int) -> None:
        self.named: set[str] = set()
        """The accounts that some message is about."""
        self._brokers = brokers
        self._changelog = changelog
        self._partitions = partitions
        self._arrived: defaultdict[str, list[tuple[int, int, Event, bytes]]] = defaultdict(list)

    def asked(self, control: object) -> None:
        """Note a message on `control`."""
        if isinstance(control, Forget):
            self.named.add(control.account_id)

    def clear(self) -> None:
        """Note all events again."""
        self._arrived.clear()

    def arrived(self, event: Event, stored: Stored) -> None:
        """Note an event, repeats included."""
        arrived = TOPICS.index(event.topic), stored.offset, event, stored.value or b""
        self._arrived[event.account_id].append(arrived)

    def kept(self, number: int) -> dict[bytes, bytes]:
        """What a recovery would find of a partition."""
        return records.greatest((each.key or b"", each.value) for each in self._brokers.logs[self._changelog, number])

    def marker(self, account_id: str, kept: Mapping[bytes, bytes] | None = None) -> ForgottenRecord | None:
        """The marker of an account that a recovery would find."""
        if account_id not in self.named:
            return None
        kept = kept if kept is not None else self.kept(partition_of(account_id.encode(), self._partitions))
        value = kept.get(records.forgotten_key(records.print_of(account_id)))
        return None if value is None else records.decode_forgotten(value)

    def is_over(self, account_id: str, index: int, offset: int, kept: Mapping[bytes, bytes]) -> bool:
        """Whether a message is one of an account that is forgotten, or was until after it."""
        gone = self.marker(account_id, kept)
        return gone is not None and (not gone.is_lifted or offset <= gone.applied_offsets[index])

    def living(self, events: Mapping[str, list[OracleEvent]]) -> defaultdict[str, list[OracleEvent]]:
        """The events by account, without those of the forgotten. Asserts that nothing else is left of them."""
        found = defaultdict(list, {name: own for name, own in events.items() if name not in self.named})
        for account_id in sorted(self.named):
            kept = self.kept(partition_of(account_id.encode(), self._partitions))
            gone = self.marker(account_id, kept)
            ids: set[tuple[str, str, str]] = set()
            for index, offset, event, value in self._arrived[account_id]:
                it = (event.topic, event.name, event.event_id)
                if self.is_over(account_id, index, offset, kept) or (event.event_id and it in ids):
                    continue
                ids.add(it)
                found[account_id].append(happened(event, value))
            if gone is not None:
                assert not gone.account_id, f"the marker of {account_id} still has its id"
                if not found.get(account_id):
                    found.pop(account_id, None)
                    self._check_nothing_left(account_id, kept)
        return found

    def _check_nothing_left(self, account_id: str, kept: Mapping[bytes, bytes]) -> None:
        name = account_id.encode()
        others = [key for key in kept if key[:1] not in (records.PARTITION_KEY, records.FORGOTTEN)]
        left = [key for key in others if records.account_of_key(key) == account_id]
        assert not left, f"of {account_id} there is left: {left}"
        answers = self._brokers.logs[SCORES, partition_of(name, self._partitions)]
        last = [stored.value for stored in answers if stored.key == name][-1:]
        assert last in ([], [None]), f"the last answer for {account_id} is {last}"

    def since(self, account_id: str) -> int:
        """The offset on `control` up to which messages about an account count no longer; -1 for none."""
        gone = self.marker(account_id)
        return -1 if gone is None else gone.control_offset

    def applied(self, account_id: str, index: int) -> int:
        """The offset of a topic up to which nothing counts; -1 for none."""
        gone = self.marker(account_id)
        return -1 if gone is None else gone.applied_offsets[index]

    def is_counted_only(self, stored: Stored, topic: str) -> bool:
        """Whether an unusable message may be counted without a dead letter: it is about somebody forgotten."""
        if topic in TOPICS[:-1]:
            return (stored.key or b"").decode() in self.named
        try:
            return getattr(decode_control(stored.value), "account_id", "") in self.named
        except ValueError:
            return False


def check_newest(brokers: Brokers, partitions: Iterable[int], answers: Mapping[str, ScoreSnapshot]) -> None:
    """The read model has the greatest answer of all that were sent since the account was last removed."""
    for number in partitions:
        since: dict[str, list[ScoreSnapshot]] = defaultdict(list)
        for stored in brokers.logs[SCORES, number]:
            name = (stored.key or b"").decode()
            if stored.value is None:
                since[name].clear()
            else:
                since[name].append(msgspec.json.decode(stored.value, type=ScoreSnapshot))
        for name, sent in since.items():
            for answer in sent:
                held = answers[name]
                version, greatest = (answer.generation, answer.version), (held.generation, held.version)
                assert version <= greatest, f"{name}: {version} was sent, {greatest} is shown"
