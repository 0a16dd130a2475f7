"""What must hold, whatever went wrong: at every commit, and in the end.

What was sent is decoded here once more, when it is appended; what must come of it is asked of the oracle.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from alerts.notification import Notification
from alerts.step import AlertStep
from alerts.transition import notification_id
from scoring import oracle
from scoring.event.event import Rejected
from scoring.instants import parse_instant
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.changelog import records
from streams.changelog.account_codec import applied_offsets_of
from streams.control.messages import EndOverride, Norm, SetOverride, decode_control
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.engine.partition.event_handler import BACKFILL_MS
from streams.message import with_origin
from streams.topics import ALERTS, CONTROL, CONTROL_INDEX, DEAD_LETTERS, NOTIFICATIONS, TOPICS, partition_of
from streams.verify.compare import mismatches
from streams.verify.evidence import Arrived, Evidence, happened
from streams.verify.run import NOT_APPLIED
from tests.simulation.alert_invariants import check_steps, once_each
from tests.simulation.broker import Brokers, Group, Place, Stored
from tests.simulation.forgetting.holds import Gone, check_newest
from tests.simulation.workload import Plot
from tests.support.read_model.in_memory import InMemoryReadModel

Bodies = dict[str, bytes]
"""Notifications by id, as they were sent."""


class Input(NamedTuple):
    """A record of an input or of `control`."""

    place: Place
    stored: Stored
    is_poison: bool


class Watch:
    """Knows what was sent. Mutable; `end_ms` is the instant of the last tick."""

    def __init__(self, plot: Plot, plan: Plan, settings: Settings, brokers: Brokers, group: Group) -> None:
        self.end_ms = 0
        self._plot = plot
        self._plan = plan
        self._settings = settings
        self._brokers = brokers
        self._group = group
        self._inputs: list[Input] = []
        self._lost: set[tuple[str, int, int]] = set()
        self._poison: dict[tuple[str, int, int], Stored] = {}
        self._events: defaultdict[str, list[oracle.OracleEvent]] = defaultdict(list)
        self._ids: set[tuple[str, str, str, str]] = set()
        self._needed: defaultdict[Place, list[tuple[int, str]]] = defaultdict(list)
        """By topic and partition, the offsets that accounts cannot do without: the first of each id."""
        self._last: dict[tuple[str, int], int] = {}
        """By account and topic, the last offset that is its own, repeats included."""
        self._controls: dict[tuple[str, int], SetOverride | EndOverride] = {}
        """By account and offset, in the order of offsets."""
        self._gone = Gone(brokers, settings.changelog_topic, plot.partitions)
        self._norms: dict[int, Mapping[str, float]] = {}
        self._checked: dict[int, object] = {}
        self._happened: dict[tuple[str, int, int], int] = {}
        """When the event of a message happened."""

    # --- what was sent

    def appended(self, place: Place, stored: Stored, *, is_poison: bool) -> None:
        """A record was appended, by whomever."""
        topic, partition = place
        if topic not in TOPICS:
            return
        self._inputs.append(Input(place, stored, is_poison))
        if topic == CONTROL and not is_poison:
            self._note_control(partition, stored)
        else:
            self._note_input(self._inputs[-1])

    def lost(self, place: Place, offsets: Iterable[int]) -> None:
        """The operator's retention took these away before anybody had read them: they were never sent, as it were."""
        self._lost.update((*place, offset) for offset in offsets)
        for known in (self._poison, self._events, self._ids, self._needed, self._last):
            known.clear()
        self._gone.clear()
        for each in self._inputs:
            if (*each.place, each.stored.offset) not in self._lost and (each.is_poison or each.place[0] != CONTROL):
                self._note_input(each)

    @property
    def has_lost(self) -> bool:
        """Whether something was never read, so that an undisturbed run says more."""
        return bool(self._lost)

    def _note_input(self, given: Input) -> None:
        if given.is_poison:
            self._poison[*given.place, given.stored.offset] = given.stored
        else:
            self._note_event(given.place, given.stored)

    def _note_control(self, partition: int, stored: Stored) -> None:
        control = decode_control(stored.value)
        self._gone.asked(control)
        if isinstance(control, SetOverride | EndOverride):
            self._controls[control.account_id, stored.offset] = control
        elif isinstance(control, Norm):
            before = self._norms.setdefault(control.instant_ms, control.values)
            assert before == control.values or not self._plot.is_strict, "one instant has two norms"

    def _note_event(self, place: Place, stored: Stored) -> None:
        topic, partition = place
        try:
            event = self._plan.decoder.decode(topic, stored.value, stored.timestamp, 1 << 50)
        except Rejected:
            raise AssertionError("what is not meant as poison can be decoded") from None
        if partition_of(event.account_id.encode(), self._plot.partitions) != partition:
            return  # it is sent on, and comes again
        if stored.headers and not event.event_id:
            event = with_origin(event, stored)
        if not stored.headers:
            self._happened[topic, partition, stored.offset] = event.occurred_at_ms
        account_id, index = event.account_id, TOPICS.index(topic)
        self._last[account_id, index] = stored.offset
        self._gone.arrived(event, stored)
        if event.event_id:
            it = (account_id, topic, event.name, event.event_id)
            if it in self._ids:
                return
            self._ids.add(it)
        self._needed[place].append((stored.offset, account_id))
        self._events[account_id].append(happened(event, stored.value or b""))

    # --- at every commit

    def committed(self) -> None:
        """Whatever is committed is in the records that a recovery would find now."""
        for number in range(self._plot.partitions):
            offsets = [self._group.committed.get((topic, number), 0) for topic in TOPICS]
            seen = (offsets, self._brokers.ends[self._settings.changelog_topic, number])
            if any(offsets) and seen != self._checked.get(number):
                self._checked[number] = seen
                self._check_partition(number, [(topic, number) for topic in TOPICS])

    def _check_partition(self, number: int, places: list[Place]) -> None:
        kept = self._gone.kept(number)
        own = kept.get(records.PARTITION_KEY)
        assert own is not None, f"partition {number} has commits and no record of its own"
        marks = records.decode_partition(own).applied_offsets
        heads: dict[str, list[int]] = {}
        for place in places:
            index, next_ = TOPICS.index(place[0]), self._group.committed.get(place, 0)
            assert next_ <= marks[index] + 1, f"{place}: {next_} is committed, the record holds {marks[index]}"
            for offset, account_id in self._needed[place]:
                if offset >= next_:
                    break
                if self._gone.is_over(account_id, index, offset, kept):
                    continue
                if account_id not in heads:
                    head = kept.get(records.head_key(account_id))
                    assert head is not None, f"{place}: {next_} is committed, and {account_id} has no record"
                    heads[account_id] = applied_offsets_of(head)
                mark = heads[account_id][index]
                assert offset <= mark, f"{place}: {next_} is committed, {account_id} has {mark} and not {offset}"

    # --- in the end

    async def check_all(self, model: InMemoryReadModel) -> None:
        """Everything, when all has come to rest."""
        answers = {answer.account_id: answer for answer in await model.worst_first()}
        self._events = self._gone.living(self._events)
        assert answers.keys() == self._events.keys(), "somebody is missing, or nobody knows who that is"
        check_newest(self._brokers, range(self._plot.partitions), answers)
        self._checked = {}
        self.committed()
        norms = self._expected_norms()
        for account_id, answer in answers.items():
            self._check_answer(account_id, answer, norms)
        self._check_chains(answers)
        self._check_dead_letters()
        check_steps(self.steps(), answers, self._gone.named, is_lost=self.has_lost)

    def _expected_norms(self) -> Mapping[str, float] | None:
        """Those of the last tick, by the oracle; by the wall clock accounts are judged at instants of their own."""
        if self._plot.clock == "wall" or not self._plan.norm_signals:
            return None
        events = [event for own in self._events.values() for event in own]
        found = oracle.verdicts(self._plot.model, events, self.end_ms)
        facts = {account_id: verdict.facts for account_id, verdict in found.items()}
        norms = oracle.norms_of(self._plot.model, facts, self._events)
        return {name: value for name, value in norms.items() if name in self._plan.norm_signals}

    def _check_answer(self, account_id: str, answer: ScoreSnapshot, norms: Mapping[str, float] | None) -> None:
        if self._plot.clock == "event":
            assert answer.as_of_ms == self.end_ms, f"{account_id} was not judged at the end"
        for index, applied in enumerate(answer.applied[:CONTROL_INDEX]):
            last = max(self._last.get((account_id, index), -1), self._gone.applied(account_id, index))
            assert applied <= last, f"{account_id} has applied {applied} of {TOPICS[index]}, its last is {last}"
        if answer.stale:
            assert self._plot.has_alarms, f"{account_id} is stale, and nobody said that a feed has stopped"
            return  # what it would be without the alarm, the undisturbed run does not say either
        if norms is None:
            norms = self._norms[parse_instant(answer.norm_as_of)] if answer.norm_as_of else {}
        control = self._override(account_id, answer.applied[CONTROL_INDEX])
        evidence = Evidence(
            answer=answer,
            events=[Arrived(event, 0) for event in self._events[account_id]],
            norm=norms,
            control=control,
            is_whole=True,
            has_no_override=control is None,
        )
        wrong = mismatches(self._plot.model, evidence)
        assert not wrong, f"the oracle says otherwise: {wrong}"

    def _override(self, account_id: str, applied: int) -> SetOverride | EndOverride | None:
        """The last message about an override of an account up to an offset that was not refused."""
        letters = [each for each in self._letters() if each.topic == CONTROL and each.reason in NOT_APPLIED]
        refused = {(each.partition, each.offset) for each in letters}
        partition = partition_of(account_id.encode(), self._plot.partitions)
        valid = [
            control
            for (name, offset), control in self._controls.items()
            if name == account_id
            and self._gone.since(account_id) < offset <= applied
            and (partition, offset) not in refused
        ]
        return valid[-1] if valid else None

    def bodies(self) -> Bodies:
        """Every notification once; and each id stands for one content."""
        found: Bodies = {}
        for number in range(self._plot.partitions):
            for stored in self._brokers.logs[NOTIFICATIONS, number]:
                body = stored.value or b""
                id_ = msgspec.json.decode(body, type=Notification).id
                before = found.setdefault(id_, body)
                assert before == body, f"one notification has two contents:\n{before.decode()}\n{body.decode()}"
        return found

    def steps(self) -> Bodies:
        """Every alert step once; and each id stands for one content."""
        logs = [self._brokers.logs[ALERTS, number] for number in range(self._plot.partitions)]
        for stored in itertools.chain.from_iterable(logs):
            step = msgspec.json.decode(stored.value or b"", type=AlertStep)
            assert stored.key == step.account_id.encode(), "a step has the key of another account"
        return once_each(stored.value or b"" for stored in itertools.chain.from_iterable(logs))

    def _check_chains(self, answers: Mapping[str, ScoreSnapshot]) -> None:
        """By account: no gap, each from where the last one led, and the last to where the account stands.

        By the wall clock what is history moves an account without a word; then nothing is told of it.
        """
        chains: defaultdict[str, list[Notification]] = defaultdict(list)
        for body in self.bodies().values():
            notification = msgspec.json.decode(body, type=Notification)
            chains[notification.account_id].append(notification)
        for account_id, chain in chains.items():
            chain.sort(key=lambda each: each.sequence)
            sequence = [each.sequence for each in chain]
            assert sequence == list(range(1, len(chain) + 1)), f"{account_id} has the notifications {sequence}"
            assert [each.id for each in chain] == [notification_id(account_id, each) for each in sequence]
            if self._plot.clock == "wall":
                self._check_is_news(chain)
                continue
            if self._plot.model.standings or account_id in self._gone.named:
                continue  # after a standing, and when it comes again, the next score is a new baseline
            for before, after in itertools.pairwise(chain):
                assert before.to_tier == after.from_tier, f"{account_id}: {before.to_tier} then {after.from_tier}"
            tier = answers[account_id].tier
            assert tier in ("", chain[-1].to_tier), f"{account_id} is {tier}, and was told {chain[-1].to_tier}"

    def _check_is_news(self, chain: Iterable[Notification]) -> None:
        for each in chain:
            place = (each.cause.topic, each.cause.partition, each.cause.offset)
            age_ms = each.as_of_ms - self._happened.get(place, each.as_of_ms)
            assert age_ms <= BACKFILL_MS, f"{each.account_id}: history is told as news: {each}"

    def _letters(self) -> list[DeadLetter]:
        stored = self._brokers.logs[DEAD_LETTERS, 0]
        return [msgspec.json.decode(each.value or b"", type=DeadLetter) for each in stored]

    def _check_dead_letters(self) -> None:
        found = {(letter.topic, letter.partition, letter.offset) for letter in self._letters()}
        due = {place for place, stored in self._poison.items() if not self._gone.is_counted_only(stored, place[0])}
        assert found >= due, f"no dead letters of {due - found}"
