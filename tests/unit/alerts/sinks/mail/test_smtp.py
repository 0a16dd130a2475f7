"""One exchange with a mail server, and what each of its answers means."""

from __future__ import annotations

import ssl

import pytest
import trustme

from alerts.sinks.mail import smtp
from alerts.sinks.mail.smtp import GREYLIST_SECONDS, Server, Taken, send
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from tests.support.receivers.fake_smtp import PASSWORD, FakeSmtp

ANN, BOB = "ann@corp.example", "bob@corp.example"
MAIL = b"Subject: acme\r\n\r\nfell\r\n.\r\nand a dot\r\n"


async def sent(fake: FakeSmtp, *recipients: str, **options: object) -> Taken:
    return await send(fake.server(**options), "vitals@corp.example", recipients or (ANN,), MAIL)


async def test_a_mail_is_taken_as_it_is() -> None:
    async with FakeSmtp() as fake:
        assert await sent(fake, ANN, BOB) == Taken(taken=(ANN, BOB), refused={}, later={})
    (mail,) = fake.mails
    assert (mail.sender, mail.recipients) == ("vitals@corp.example", [ANN, BOB])
    assert mail.raw == MAIL


@pytest.mark.parametrize("code", [450, 451])
async def test_greylisting_is_waited_for(code: int) -> None:
    async with FakeSmtp(recipients={ANN: [f"{code} 4.7.1 greylisted, try later"]}) as fake:
        found = await sent(fake)
        assert (found.taken, found.is_greylisted) == ((), True)
        assert found.later == {ANN: f"answered {code} (4.7.1 greylisted, try later)"}
        assert (await sent(fake)).taken == (ANN,)


async def test_greylisting_at_the_end_of_a_mail_asks_for_the_same_pause() -> None:
    async with FakeSmtp(ends=["451 4.7.1 try later"]) as fake:
        with pytest.raises(DeliveryFailed, match="451") as caught:
            await sent(fake)
    assert caught.value.retry_after_seconds == GREYLIST_SECONDS


async def test_one_of_two_refused_leaves_the_other_with_the_mail() -> None:
    async with FakeSmtp(recipients={BOB: ["550 5.1.1 no such user"]}) as fake:
        found = await sent(fake, ANN, BOB)
    assert found == Taken(taken=(ANN,), refused={BOB: "answered 550 (5.1.1 no such user)"}, later={})
    assert [mail.recipients for mail in fake.mails] == [[ANN]]


async def test_when_nobody_is_taken_nothing_is_sent() -> None:
    refusal = ["550 no such user"]
    async with FakeSmtp(recipients={ANN: refusal, BOB: refusal}) as fake:
        found = await sent(fake, ANN, BOB)
    assert (found.taken, set(found.refused)) == ((), {ANN, BOB})
    assert fake.mails == []


@pytest.mark.parametrize("answer", ["421 closing", "452 no space", "432 slow down"])
async def test_a_busy_server_is_tried_again(answer: str) -> None:
    async with FakeSmtp(sender=answer) as fake:
        with pytest.raises(DeliveryFailed, match=answer[:3]) as caught:
            await sent(fake)
    assert not caught.value.may_have_arrived


async def test_421_to_a_recipient_is_the_server_leaving() -> None:
    async with FakeSmtp(recipients={ANN: ["421 closing"]}) as fake:
        with pytest.raises(DeliveryFailed, match="421"):
            await sent(fake)


async def test_a_sender_that_is_not_ours_is_the_channels_fault() -> None:
    async with FakeSmtp(sender="553 not your address") as fake:
        with pytest.raises(ChannelUnavailable, match="`from`") as caught:
            await sent(fake)
    assert caught.value.reason == "auth"


async def test_a_mail_that_the_server_does_not_want_is_refused() -> None:
    async with FakeSmtp(ends=["554 5.6.0 looks like spam"]) as fake:
        with pytest.raises(DeliveryRefused, match="spam"):
            await sent(fake)


async def test_a_wrong_password_is_the_channels_fault_and_never_shown() -> None:
    async with FakeSmtp(demands_password=True) as fake:
        with pytest.raises(ChannelUnavailable, match=r"535.*password of this sink") as caught:
            await sent(fake, user="vitals", password="wrong-and-secret")
        assert caught.value.reason == "auth"
        assert "wrong-and-secret" not in str(caught.value)
        assert (await sent(fake, user="vitals", password=PASSWORD)).taken == (ANN,)


def test_a_server_prints_without_its_password() -> None:
    server = Server(host="mail.example", port=587, tls="starttls", user="vitals", password=PASSWORD)
    assert PASSWORD not in repr(server)


async def test_a_line_lost_after_the_mail_may_mean_that_it_arrived() -> None:
    async with FakeSmtp(ends=["lost"]) as fake:
        with pytest.raises(DeliveryFailed, match="may have arrived") as caught:
            await sent(fake)
    assert caught.value.may_have_arrived
    assert len(fake.mails) == 1


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with FakeSmtp() as fake:
        server = fake.server()
    with pytest.raises(DeliveryFailed, match="no answer") as caught:
        await send(server, "vitals@corp.example", [ANN], MAIL)
    assert not caught.value.may_have_arrived


async def test_a_server_that_hangs_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "EXCHANGE_SECONDS", 0.3)
    async with FakeSmtp(hangs_seconds=5.0) as fake:
        with pytest.raises(DeliveryFailed, match="no answer in time") as caught:
            await sent(fake)
    assert caught.value.reason == "timeout"


def authority() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(that of the server on 127.0.0.1, that of a client that trusts it)."""
    made = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    made.issue_cert("127.0.0.1").configure_cert(server)
    made.configure_trust(client)
    return server, client


async def test_starttls_comes_before_the_password() -> None:
    theirs, ours = authority()
    async with FakeSmtp(context=theirs, demands_password=True) as fake:
        found = await sent(fake, tls="starttls", context=ours, user="vitals", password=PASSWORD)
    assert found.taken == (ANN,)


async def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    async with FakeSmtp(demands_password=True) as fake:
        with pytest.raises(ChannelUnavailable):
            await sent(fake, tls="starttls", user="vitals", password=PASSWORD)
    assert (fake.logins, fake.mails) == (0, [])


async def test_a_certificate_that_is_not_trusted_is_the_channels_fault() -> None:
    theirs, _ = authority()
    async with FakeSmtp(context=theirs) as fake:
        with pytest.raises(ChannelUnavailable, match="certificate") as caught:
            await sent(fake, tls="starttls", context=ssl.create_default_context())
    assert caught.value.reason == "certificate"
