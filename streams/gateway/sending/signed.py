"""A fixture as a request of one source: signed with its secret, or with its key. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.deployment.secret import Secret
from streams.gateway.sending.fixture_file import Fixture
from streams.gateway.signatures.signing import Unsigned, signer_of
from streams.gateway.sources.loader import kind_of, scheme_name_of
from streams.gateway.sources.schema import CloudEventsSource, GenericSource, HubSpotSource, Source
from streams.gateway.vendors.cloudevents import BATCHED, STRUCTURED
from streams.gateway.vendors.fields import fingerprint


def signed(fixture: Fixture, source: Source, secrets: Mapping[str, Secret], now: float) -> dict[str, str]:
    """The headers with which a fixture is sent at `now` in seconds. `secrets` are those of the source, by variable.

    Its recorded signature is replaced. Sending it twice gives one id, so that it counts once.

    Raises:
        BadSignature: when the secret or the body cannot be used.
    """
    headers = {"content-type": _content_type(fixture, source), **fixture.headers}
    if source.secrets and (scheme := scheme_name_of(source)):
        request = Unsigned(
            body=fixture.body,
            secret=secrets[source.secrets[0]],
            now=now,
            message_id=fixture.headers.get("webhook-id", "") or f"msg_{fingerprint(fixture.body)}",
            header=source.header if isinstance(source, GenericSource) else "",
            address=source.address if isinstance(source, HubSpotSource) else "",
        )
        return {**headers, **signer_of(scheme)(request)}
    if source.keys:
        headers["authorization"] = f"Bearer {secrets[source.keys[0]].reveal()}"
    return headers


def needed(source: Source) -> str:
    """The variable of the secret that `signed` uses; "" if it uses none."""
    names = source.secrets if scheme_name_of(source) else ()
    return next(iter((*names, *source.keys)), "")


def _content_type(fixture: Fixture, source: Source) -> str:
    if isinstance(source, CloudEventsSource) and not any(name.startswith("ce-") for name in fixture.headers):
        return f"{BATCHED if fixture.body.lstrip()[:1] == b'[' else STRUCTURED}+json"
    is_lines = kind_of(source) == "vitals" and b"\n" in fixture.body.strip() and not _is_json(fixture.body)
    return "application/x-ndjson" if is_lines else "application/json"


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
