"""A source with its secrets: which requests are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import msgspec

from scoring.instants import SECOND_MS, parse_duration
from streams.deployment.secret import Secret
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError
from streams.gateway.answers import Problem
from streams.gateway.keys import digest_of, given_key
from streams.gateway.reading import Request, Vendor
from streams.gateway.signatures import standard_webhooks
from streams.gateway.signatures.choice import scheme_of
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.table import Scheme
from streams.gateway.sources.loader import SourcesError, kind_of, load_sources, scheme_name_of
from streams.gateway.sources.schema import Source, VitalsSource
from streams.gateway.vendors.table import VENDORS
from streams.toml_files import toml_file

LOCAL = "local"
"""What `VITALS_GATEWAY` names for one source without a key, for this machine alone."""


class ReadySource(msgspec.Struct, frozen=True):
    """A source of the gateway. `keys` are digests; times are seconds."""

    name: str
    source: Source
    vendor: Vendor
    scheme: Scheme | None
    secrets: tuple[Secret, ...]
    keys: frozenset[bytes]
    tolerance: float
    answer_within: float

    @property
    def kind(self) -> str:
        """The kind, as `gateway.toml` calls it."""
        return kind_of(self.source)

    def key_of(self, request: Request) -> str:
        """The key that a request gives; "" without one."""
        return (self.vendor.key or given_key)(request)

    def has_key(self, key: str) -> bool:
        """Whether a key is one of this source's."""
        return digest_of(key) in self.keys

    def verify(self, request: Request, now: float) -> None:
        """Check that a request with all its headers is from this source, at `now` in seconds. A key or a signature
        will do, where the source has both.

        Raises:
            Problem: 401 when it is not; the words say what is missing.
        """
        if self.source.insecure:
            return
        key = self.key_of(request) if self.keys else ""
        if key and self.has_key(key):
            return
        if not self.secrets or self.scheme is None:
            raise Problem(401, "bad_key" if key else "no_key", _about_key(self.name, key))
        try:
            self.scheme(request.body, request.headers, self.secrets, now, self.tolerance)
        except BadSignature as error:
            raise Problem(401, "bad_signature", f"The source {self.name!r} did not send this: {error}.") from None


def ready_sources(sources: Mapping[str, Source], environment: Mapping[str, str]) -> dict[str, ReadySource]:
    """The sources with their secrets, which are read from variables, or files that they name. May block.

    Raises:
        UserError: when a secret is not set or cannot be read; the text names the variable and never the secret.
    """
    return {name: _ready(name, source, environment) for name, source in sources.items()}


def read_sources(name_or_path: str) -> dict[str, Source]:
    """The sources of the file at a path, or the one called "local". Blocks.

    Raises:
        UserError: when the file is missing or not valid. The text names the key and how to fix it.
    """
    if name_or_path == LOCAL:
        return {LOCAL: VitalsSource(insecure=True)}
    if not name_or_path:
        raise UserError(
            "VITALS_GATEWAY is not set: set it to the path of a file with your sources (docs/connect), or to 'local' "
            "to try it on this machine."
        )
    try:
        return load_sources(toml_file(name_or_path, "gateway file", (LOCAL,)))
    except SourcesError as error:
        raise UserError(f"{name_or_path}: {error}") from None


def _ready(name: str, source: Source, environment: Mapping[str, str]) -> ReadySource:
    vendor = VENDORS[kind_of(source)]
    seconds = parse_duration(source.answer_within) / SECOND_MS if source.answer_within else vendor.answer_seconds
    scheme = scheme_of(source, vendor.scheme)
    if scheme is not None:
        # A library that a scheme imports when it is first used is imported now, so that no request waits for it.
        with suppress(BadSignature):
            scheme(b"", {}, (), 0.0, 0.0)
    secrets = _secrets(source.secrets, environment)
    if scheme_name_of(source) == standard_webhooks.SCHEME:
        for variable, secret in zip(source.secrets, secrets, strict=True):
            if problem := standard_webhooks.secret_problem(secret):
                raise UserError(f"{variable}, of the source {name}, cannot be used: {problem}.")
    return ReadySource(
        name=name,
        source=source,
        vendor=vendor,
        scheme=scheme,
        secrets=secrets,
        keys=frozenset(digest_of(secret.reveal()) for secret in _secrets(source.keys, environment)),
        tolerance=parse_duration(source.tolerance) / SECOND_MS,
        answer_within=seconds,
    )


def _secrets(names: Iterable[str], environment: Mapping[str, str]) -> tuple[Secret, ...]:
    return tuple(sink_secret(environment, name) for name in names)


def _about_key(name: str, key: str) -> str:
    if key:
        return f"The key is none of the source {name!r}: use one that its `keys` name."
    return f"The request gives no key for the source {name!r}: send the header Authorization: Bearer KEY."
