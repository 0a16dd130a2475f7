"""Which sinks a deployment has, and that nothing but its settings says how they are reached."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.lifecycle import schema
from alerts.lifecycle.schema import AlertRules, Header, Route
from alerts.sinks.port import ChannelUnavailable, Sink
from alerts.sinks.terminal import TerminalSink
from alerts.sinks.webhook import WebhookSink
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.notifier.sinks import SinkTools, open_sinks, target_names
from tests.builders import an_alert_step
from tests.fakes import InMemorySinkMemory
from tests.support.fake_slack import FakeSlack
from tests.support.receivers.fake_smtp import PASSWORD, FakeSmtp
from tests.support.slack.api import TOKEN, FakeSlackApi

RULES = AlertRules(header=Header(name="test"), rules={}, routes={"default": Route()})
RUBBISH = {
    "ALL_PROXY": "socks5h://127.0.0.1:1080",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "HTTP_PROXY": "gopher://[",
    "NO_PROXY": "localhost,[::1],fe80::/10",
    "SSL_CERT_FILE": "/nonexistent.pem",
    "SSL_CERT_DIR": "/nonexistent",
    "REQUESTS_CA_BUNDLE": "/nonexistent.pem",
    "CURL_CA_BUNDLE": "/nonexistent.pem",
    "SSLKEYLOGFILE": "/nonexistent/keys",
    "NETRC": "/nonexistent",
}


@pytest.fixture(params=[str.upper, str.lower], ids=["upper", "lower"])
def rubbish(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RUBBISH.items():
        monkeypatch.setenv(request.param(name), value)


def no_secret(variable: str) -> str:
    raise UserError(f"{variable} is not set")


async def opened(
    settings: Settings, stack: AsyncExitStack, *targets: str, rules: AlertRules = RULES, **secrets: str
) -> list[Sink]:
    """The sinks of these targets, "default" without any."""
    tools = SinkTools(
        settings=settings,
        rules=rules,
        stack=stack,
        secret=lambda variable: secrets.get(variable) or no_secret(variable),
        memory=lambda _: InMemorySinkMemory(),
    )
    return list((await open_sinks(target_names(settings, targets or ("default",)), tools)).values())


async def sink_names(settings: Settings) -> list[Sink]:
    async with AsyncExitStack() as stack:
        return await opened(settings, stack)


@pytest.mark.usefixtures("rubbish")
async def test_no_variable_of_others_keeps_it_from_printing() -> None:
    assert [type(sink) for sink in await sink_names(Settings())] == [TerminalSink]


async def deliver(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        (sink,) = await opened(settings, stack)
        await sink.deliver(an_alert_step())


@pytest.mark.usefixtures("rubbish")
async def test_no_variable_of_others_keeps_it_from_posting() -> None:
    with FakeSlack() as slack, FakeSlack() as webhook:
        await deliver(Settings(slack_url=slack.url))
        await deliver(Settings(webhook_url=webhook.url))
    assert (len(slack.posts), len(webhook.posts)) == (1, 1)


async def test_a_proxy_of_our_settings_gets_the_post_unless_the_host_goes_direct() -> None:
    with FakeSlack() as receiver, FakeSlack() as proxy:
        settings = Settings(webhook_url=receiver.url, http_proxy=proxy.url.replace("/services/T0/B0/secret", ""))
        await deliver(settings)
        assert (len(proxy.posts), len(receiver.posts)) == (1, 0)
        assert proxy.posts[0].path == receiver.url
        await deliver(msgspec.structs.replace(settings, http_no_proxy="localhost, 127.0.0.1"))
        assert (len(proxy.posts), len(receiver.posts)) == (1, 1)


@pytest.mark.parametrize(
    "proxy",
    ["socks5://user:secret@127.0.0.1:1080", "proxy:3128/secret", "http://", "http://[::secret", "http://p:70000"],
)
async def test_a_proxy_that_cannot_be_one_is_one_line_without_its_secret(proxy: str) -> None:
    with pytest.raises(UserError, match=r"^VITALS_HTTP_PROXY is .*: .*$") as caught:
        await sink_names(Settings(slack_url="https://slack.example/x", http_proxy=proxy))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [None, "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
async def test_certificates_that_cannot_be_read_are_one_line(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"^VITALS_HTTP_CA_LOCATION is '.*ca\.pem', which cannot be read .*: set it"):
        await sink_names(Settings(slack_url="https://slack.example/x", http_ca_location=str(path)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and its self-signed certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=receiver"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


async def test_a_certificate_is_trusted_when_a_setting_says_so_and_held_with_the_mend_when_not(
    certificate: Path,
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret"
    async with server:
        await deliver(Settings(webhook_url=url, http_ca_location=str(certificate / "cert.pem")))
        with pytest.raises(
            ChannelUnavailable, match=r"not trusted \(self.signed certificate\).*VITALS_HTTP_CA_LOCATION"
        ):
            await deliver(Settings(webhook_url=url))


async def test_both_urls_are_two_sinks() -> None:
    sinks = await sink_names(Settings(slack_url="https://a.example/x", webhook_url="https://b.example/y"))
    assert [sink.name for sink in sinks] == ["slack", "webhook"]
    assert isinstance(sinks[1], WebhookSink)


async def test_a_sink_of_the_file_gets_its_name_and_its_secret() -> None:
    hook = schema.WebhookSink(url_secret="VITALS_SECRET_HOOK", allow_private=True)
    rules = msgspec.structs.replace(RULES, sinks={"hook": hook})
    with FakeSlack() as receiver:
        async with AsyncExitStack() as stack:
            sinks = await opened(Settings(), stack, "hook", "none", rules=rules, VITALS_SECRET_HOOK=receiver.url)
            assert [sink.name for sink in sinks] == ["hook"]
            await sinks[0].deliver(an_alert_step())
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("kind", [schema.SlackSink, schema.WebhookSink])
async def test_a_sink_of_the_file_posts_to_public_addresses_unless_it_says_otherwise(kind: type[Any]) -> None:
    rules = msgspec.structs.replace(RULES, sinks={"hook": kind(url_secret="VITALS_SECRET_HOOK")})
    url = "https://169.254.169.254/latest/meta-data"
    async with AsyncExitStack() as stack:
        (sink,) = await opened(Settings(), stack, "hook", rules=rules, VITALS_SECRET_HOOK=url)
        with pytest.raises(ChannelUnavailable, match=r"169\.254\.169\.254, which is not public \(link-local\)"):
            await sink.deliver(an_alert_step())


async def test_a_secret_that_is_no_address_is_one_line_without_it() -> None:
    rules = msgspec.structs.replace(RULES, sinks={"hook": schema.WebhookSink(url_secret="VITALS_SECRET_HOOK")})
    async with AsyncExitStack() as stack:
        with pytest.raises(UserError, match=r"^VITALS_SECRET_HOOK is not a web address: set it to") as caught:
            await opened(Settings(), stack, "hook", rules=rules, VITALS_SECRET_HOOK="topsecret")
    assert "topsecret" not in str(caught.value)


async def test_a_signing_secret_that_is_none_is_one_line_that_names_it() -> None:
    hook = schema.WebhookSink(url_secret="VITALS_SECRET_HOOK", signing_secret="VITALS_SECRET_SIGN")
    rules = msgspec.structs.replace(RULES, sinks={"hook": hook})
    secrets = {"VITALS_SECRET_HOOK": "https://hooks.example/", "VITALS_SECRET_SIGN": "tooshort"}
    async with AsyncExitStack() as stack:
        with pytest.raises(UserError, match=r"^VITALS_SECRET_SIGN: .*openssl rand") as caught:
            await opened(Settings(), stack, "hook", rules=rules, **secrets)
    assert "tooshort" not in str(caught.value)


async def test_a_mail_sink_gets_its_server_and_password() -> None:
    async with FakeSmtp(demands_password=True) as fake:
        server = fake.server()
        mail = schema.MailSink(
            host=server.host,
            port=server.port,
            tls="none",
            user="vitals",
            password_secret="VITALS_SECRET_SMTP",
            from_="vitals@corp.example",
            to=("ann@corp.example",),
        )
        rules = msgspec.structs.replace(RULES, sinks={"mail": mail})
        async with AsyncExitStack() as stack:
            (sink,) = await opened(Settings(), stack, "mail", rules=rules, VITALS_SECRET_SMTP=PASSWORD)
            await sink.deliver(an_alert_step())
    assert sink.name == "mail"
    assert len(fake.mails) == 1


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"from_": "väter@corp.example"}, "from"),
        ({"to": ("{owner}", "team@cörp.example")}, "to"),
        ({"people": {"Ann": "Ann <ann@corp.example>"}}, "people"),
    ],
)
async def test_an_address_that_smtp_cannot_carry_is_one_line_at_the_start(fields: dict[str, Any], key: str) -> None:
    mail = msgspec.structs.replace(schema.MailSink(host="h", from_="vitals@corp.example", to=("{owner}",)), **fields)
    rules = msgspec.structs.replace(RULES, sinks={"mail": mail})
    async with AsyncExitStack() as stack:
        with pytest.raises(UserError, match=rf"^sinks\.mail\.{key}: .*: write a plain address"):
            await opened(Settings(), stack, "mail", rules=rules)


async def test_score_sinks_take_no_alerts() -> None:
    rules = msgspec.structs.replace(RULES, sinks={"crm": schema.ScoreSink(template="generic", url_secret="X")})
    async with AsyncExitStack() as stack:
        with pytest.raises(UserError, match=r"^sinks\.crm: alerts cannot be sent .*: change the routes"):
            await opened(Settings(), stack, "crm", rules=rules)


async def test_a_slack_app_of_the_file_posts_with_its_token_to_its_channel() -> None:
    with FakeSlackApi() as slack:
        app = schema.SlackAppSink(
            token_secret="VITALS_SECRET_BOT", channel="#alerts", api=slack.api, allow_private=True, people={}
        )
        rules = msgspec.structs.replace(RULES, sinks={"team": app})
        async with AsyncExitStack() as stack:
            (sink,) = await opened(Settings(), stack, "team", rules=rules, VITALS_SECRET_BOT=TOKEN)
            await sink.deliver(an_alert_step())
    assert sink.name == "team"
    (post,) = slack.posts
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    assert post.json()["channel"] == "#alerts"
