"""A message decoded twice, natively and in Python, and compared."""

from __future__ import annotations

from collections import Counter

from scoring.event.event import Event, Rejected
from scoring.fingerprint import fingerprint
from scoring.plan.plan import Plan
from streams.kernel.decoder import Decoded, NativeDecoder
from streams.kernel.effects import HEAD, packed_event

ID_KEY = bytes(range(16))
NOW_MS = 1_790_000_000_000
MESSAGE_MS = NOW_MS - 7_000
_TIE = slice(32, 40)


class BothDecoders:
    """The two decoders of one plan. `taken` counts what was decoded natively, and what was handed back though Python
    takes it, or rejects it."""

    def __init__(self, plan: Plan, id_key: bytes = ID_KEY) -> None:
        self.plan = plan
        self.native = NativeDecoder(plan, id_key)
        self._print_of_id = _keyed_print if id_key else fingerprint
        self.taken: Counter[str] = Counter()

    def decode(self, topic: str, value: bytes) -> Decoded | None:
        """Decode a message by both. They agree, or it is handed back; then the answer is None."""
        found = self.native.decode(topic, value, MESSAGE_MS, NOW_MS)
        event = self._event(topic, value)
        if found is None:
            self.taken["rejected" if event is None else "handed back"] += 1
            return None
        self.taken["natively"] += 1
        assert event is not None, f"Python rejects {value!r} of {topic}"
        wanted = packed_event(self.plan, event, print_of_id=self._print_of_id)
        counted = self.plan.type_mismatches or self.plan.decoder.unusable
        assert not counted, f"Python counts {counted} in {value!r} of {topic}"
        if found.packed[_TIE] == bytes(8):  # it was not needed
            wanted = wanted[:32] + bytes(8) + wanted[40:]
        same = found == Decoded(event.account_id, event.name, event.event_id, wanted)
        assert same, f"{value!r} of {topic}: {_words(found.packed)} is not {_words(wanted)}"
        return found

    def _event(self, topic: str, value: bytes) -> Event | None:
        self.plan.type_mismatches.clear()
        self.plan.decoder.unusable.clear()
        try:
            return self.plan.decoder.decode(topic, value, MESSAGE_MS, NOW_MS)
        except Rejected:
            return None


def names_in(plan: Plan) -> list[str]:
    """The plain event names that a model lists."""
    lists = [entries for signal in plan.model.signals.values() for entries in signal.event_lists().values()]
    return sorted({name for entries in lists for name in entries if "*" not in name and "!" not in name}) or ["login"]


def _keyed_print(scoped_id: str) -> int:
    from streams.kernel._native import Decoder

    return Decoder.siphash(ID_KEY, scoped_id.encode())


def _words(packed: bytes) -> str:
    return f"{HEAD.unpack_from(packed)} {packed[HEAD.size :].hex(' ', 8)}"
