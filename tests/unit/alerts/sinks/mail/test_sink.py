"""The mail sink: who gets which mail, how often, and in which thread."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alerts.gathered import gathered_of
from alerts.lifecycle import schema
from alerts.sinks.mail.sink import PATIENCE_MS, MailSink
from alerts.sinks.mail.smtp import Server, Taken
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, PartlyDelivered
from tests.builders import an_alert_step
from tests.fakes import InMemorySinkMemory, ManualClock
from tests.support.receivers.fake_smtp import PASSWORD, FakeSmtp

ANN, BOB = "ann@corp.example", "bob@corp.example"
RULES = schema.MailSink(host="mail.corp.example", from_="vitals@corp.example", to=(ANN, BOB))
STEP = an_alert_step()


class Bench:
    """A mail sink on a fake server, on a clock of its own."""

    def __init__(self, fake: FakeSmtp, rules: schema.MailSink = RULES, *, password: str = "") -> None:
        self.fake = fake
        self.clock = ManualClock()
        self.memory = InMemorySinkMemory()
        user = "vitals" if password else ""
        self._made = (rules, fake.server(user=user, password=password))
        self.sink = self.restarted()

    def restarted(self) -> MailSink:
        """The sink of another process, with the same memory."""
        rules, server = self._made
        return MailSink(rules, server, self.memory, now=self.clock.monotonic)

    @property
    def got(self) -> list[list[str]]:
        return [mail.recipients for mail in self.fake.mails]


async def test_a_step_is_one_mail_to_all() -> None:
    async with FakeSmtp() as fake:
        bench = Bench(fake)
        await bench.sink.deliver(STEP)
    assert bench.got == [[ANN, BOB]]
    assert fake.mails[0].header("Message-ID") == f"<alert.{STEP.id}@corp.example>"


async def test_a_digest_is_one_mail() -> None:
    async with FakeSmtp() as fake:
        bench = Bench(fake)
        gathered = gathered_of([an_alert_step(account_id=name) for name in "abc"], "day/mail", "digest")
        await bench.sink.deliver(gathered)
    (mail,) = fake.mails
    assert mail.header("Message-ID") == f"<alert.{gathered.id}@corp.example>"
    assert mail.header("References") == ""


async def test_mails_of_a_case_are_a_thread_under_its_first_and_a_repeat_is_recognised() -> None:
    async with FakeSmtp() as fake:
        bench = Bench(fake)
        await bench.sink.deliver(STEP)
        await bench.restarted().deliver(STEP)
        await bench.restarted().deliver(an_alert_step(sequence=2, step="escalated", reason="escalated"))
    first, again, later = fake.mails
    assert first.header("Message-ID") == again.header("Message-ID")
    assert first.header("In-Reply-To") == again.header("In-Reply-To") == ""
    assert later.header("In-Reply-To") == first.header("Message-ID")
    assert later.header("References").split() == ["<case.c0ffee@corp.example>", first.header("Message-ID")]


async def test_a_thread_holds_together_without_memory() -> None:
    async with FakeSmtp() as fake:
        bench = Bench(fake)
        await bench.sink.deliver(STEP)
        bench.memory.clear()
        await bench.restarted().deliver(an_alert_step(sequence=2, step="resolved", reason="resolved"))
    assert {mail.header("References").split()[0] for mail in fake.mails} == {"<case.c0ffee@corp.example>"}


async def test_one_of_two_refused_is_named_and_the_other_gets_it_once() -> None:
    async with FakeSmtp(recipients={BOB: ["550 5.1.1 no such user", "550 again"]}) as fake:
        bench = Bench(fake)
        with pytest.raises(PartlyDelivered, match=r"1 of 2 refused: bob@corp.example \(answered 550"):
            await bench.sink.deliver(STEP)
        # Should the record of it be lost, a repeat still sends nobody anything.
        with pytest.raises(PartlyDelivered):
            await bench.restarted().deliver(STEP)
    assert bench.got == [[ANN]]
    assert fake.offered == [ANN, BOB]


async def test_a_mail_that_one_refused_is_the_first_of_its_thread_all_the_same() -> None:
    async with FakeSmtp(recipients={BOB: ["550 5.1.1 no such user"]}) as fake:
        bench = Bench(fake)
        with pytest.raises(PartlyDelivered):
            await bench.sink.deliver(STEP)
        await bench.sink.deliver(an_alert_step(sequence=2, step="escalated", reason="escalated"))
    assert fake.mails[1].header("In-Reply-To") == fake.mails[0].header("Message-ID")


async def test_one_of_two_greylisted_gets_it_later_and_the_other_not_twice() -> None:
    async with FakeSmtp(recipients={BOB: ["450 greylisted", "451 greylisted"]}) as fake:
        bench = Bench(fake)
        for sink in (bench.sink, bench.restarted()):
            with pytest.raises(DeliveryFailed, match=r"put off bob@corp.example") as caught:
                await sink.deliver(STEP)
            assert caught.value.retry_after_seconds is not None
        await bench.restarted().deliver(STEP)
    assert bench.got == [[ANN], [BOB]]
    assert {mail.header("To") for mail in fake.mails} == {f"{ANN}, {BOB}"}
    assert len({mail.header("Message-ID") for mail in fake.mails}) == 1


async def test_without_memory_our_own_process_still_knows_who_has_the_mail() -> None:
    async with FakeSmtp(recipients={BOB: ["450 greylisted"]}) as fake:
        bench = Bench(fake)
        with pytest.raises(DeliveryFailed):
            await bench.sink.deliver(STEP)
        bench.memory.clear()
        await bench.sink.deliver(STEP)
    assert bench.got == [[ANN], [BOB]]


async def test_who_is_put_off_for_an_hour_counts_as_refused_so_that_the_mails_after_it_go_on() -> None:
    async with FakeSmtp(recipients={BOB: ["452 mailbox full"] * 9}) as fake:
        bench = Bench(fake)
        with pytest.raises(DeliveryFailed):
            await bench.sink.deliver(STEP)
        bench.clock.seconds += PATIENCE_MS / 1_000
        with pytest.raises(PartlyDelivered, match="452"):
            await bench.sink.deliver(STEP)
    assert bench.got == [[ANN]]


async def test_greylisting_of_all_is_waited_for_however_long() -> None:
    async with FakeSmtp(recipients={ANN: ["450 x"] * 2, BOB: ["450 x"] * 2}) as fake:
        bench = Bench(fake)
        for _ in range(2):
            with pytest.raises(DeliveryFailed):
                await bench.sink.deliver(STEP)
            bench.clock.seconds += 10 * PATIENCE_MS / 1_000
        await bench.sink.deliver(STEP)
    assert bench.got == [[ANN, BOB]]


async def test_550_for_all_is_a_refusal() -> None:
    async with FakeSmtp(recipients={ANN: ["550 gone"], BOB: ["550 gone"]}) as fake:
        with pytest.raises(DeliveryRefused, match=f"{ANN}.*{BOB}"):
            await Bench(fake).sink.deliver(STEP)


async def test_535_is_the_channels_fault() -> None:
    async with FakeSmtp(demands_password=True) as fake:
        with pytest.raises(ChannelUnavailable, match="535") as caught:
            await Bench(fake, password="wrong-and-secret").sink.deliver(STEP)
        assert "wrong-and-secret" not in str(caught.value)
        await Bench(fake, password=PASSWORD).sink.deliver(STEP)
    assert len(fake.mails) == 1


async def test_a_lost_line_may_mean_that_it_arrived_and_the_repeat_has_the_same_id() -> None:
    async with FakeSmtp(ends=["lost"]) as fake:
        bench = Bench(fake)
        with pytest.raises(DeliveryFailed) as caught:
            await bench.sink.deliver(STEP)
        assert caught.value.may_have_arrived
        await bench.sink.deliver(STEP)
    assert len({mail.header("Message-ID") for mail in fake.mails}) == 1


async def test_nobody_to_write_to_is_a_refusal_and_no_connection() -> None:
    async def never(server: Server, sender: str, recipients: Sequence[str], mail: bytes, /) -> Taken:
        raise AssertionError("a connection was made")

    rules = schema.MailSink(host="h", from_="vitals@corp.example", to=("{owner}",), people={"Ann": ANN})
    sink = MailSink(rules, Server(host="h", port=25, tls="none"), InMemorySinkMemory(), sending=never)
    with pytest.raises(DeliveryRefused, match="`people`"):
        await sink.deliver(an_alert_step(traits={"owner": "nobody"}))


async def test_what_people_did_themselves_is_no_mail() -> None:
    async with FakeSmtp() as fake:
        sink = Bench(fake).sink
    assert sink.shows(STEP)
    assert not sink.shows(an_alert_step(step="acknowledged", reason="action"))
    assert sink.is_gathering
