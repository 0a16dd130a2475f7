"""Reads `gateway.toml` and checks it. Every error names the line, the key and the fix, as those of a model do. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from scoring.event.topics import INPUT_TOPICS
from scoring.model.checks.toml_lines import line_of
from scoring.model.checks.toml_tables import converted, tables_of
from scoring.model.rule_checks import ModelRuleError, check_duration, suggestion
from streams.gateway.signatures.hmac_sha256 import SCHEME
from streams.gateway.signatures.table import SCHEMES
from streams.gateway.sources import schema
from streams.gateway.sources.schema import Source
from streams.gateway.sources.stripe_checks import check_stripe
from streams.gateway.vendors.fields import pointer_parts
from streams.gateway.vendors.table import VENDORS

SECRET_PREFIX = "VITALS_SECRET_"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_VARIABLE = re.compile("[A-Z0-9_]{0,60}")
_KIND = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
"""Of foreign ids: kinds are parts of keys, and stand in commands."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_POINTERS = ("event", "time", "id", "user", "properties", "events")


class SourcesError(ValueError):
    """A `gateway.toml` that cannot be used; the text names the line, the key and the fix."""


def load_sources(text: str) -> dict[str, Source]:
    """The sources in a TOML text, by name.

    Raises:
        SourcesError: «line 3: sources.billing.secrets: …», when it is not TOML, has an unknown key, or breaks a rule.
    """
    try:
        tables = tables_of(text)
    except ValueError as error:
        raise SourcesError(str(error)) from None
    try:
        return _sources_of(tables)
    except ModelRuleError as mistake:
        line = line_of(text.removeprefix("\ufeff"), mistake.key)
        raise SourcesError(f"line {line}: {mistake}" if line else str(mistake)) from None


def kind_of(source: Source) -> str:
    """The kind of a source, as `gateway.toml` calls it."""
    return str(source.__struct_config__.tag)


def scheme_name_of(source: Source) -> str:
    """The name of the scheme by which a source's requests are signed; "" if they are not."""
    return source.scheme if isinstance(source, schema.GenericSource) else VENDORS[kind_of(source)].scheme


def is_over_http(source: Source) -> bool:
    """Whether a source is called; else the gateway reads it from a topic."""
    return not (isinstance(source, schema.CloudEventsSource) and source.kafka_topic)


def _sources_of(tables: dict[str, Any]) -> dict[str, Source]:
    for key in tables:
        if key != "sources":
            raise ModelRuleError(key, f"there is no table [{key}]{suggestion(key, ['sources'])} Write [sources.NAME]")
    named = tables.get("sources")
    if not isinstance(named, dict) or not named:
        raise ModelRuleError("sources", "no source is given; write a table [sources.NAME] with its kind")
    sources: dict[str, Source] = {}
    for name, table in named.items():
        key = f"sources.{name}"
        if not _NAME.fullmatch(name):
            raise ModelRuleError(key, "a source's name is part of its URL; write a-z, 0-9, - and _, at most 40 of them")
        sources[name] = source = converted(key, table, Source)
        _check(key, source)
    return sources


def _check(key: str, source: Source) -> None:
    if kind_of(source) not in VENDORS:
        raise ModelRuleError(f"{key}.kind", f"this version does not take {kind_of(source)!r} yet; leave the source out")
    for each in ("secrets", "keys"):
        _check_names(f"{key}.{each}", getattr(source, each))
    if isinstance(source, schema.StripeSource):
        _check_names(f"{key}.api_key", [source.api_key] if source.api_key else [])
        check_stripe(key, source)
    if isinstance(source, schema.HubSpotSource) and source.address and "://" not in source.address:
        words = (
            f"{source.address[:50]!r} is no URL; write it as HubSpot calls it, like https://vitals.example.com/in/crm"
        )
        raise ModelRuleError(f"{key}.address", words)
    if isinstance(source, schema.GenericSource):
        _check_generic(key, source)
    if is_over_http(source):
        _check_verified(key, source)
    for name, topic in source.topics.items():
        _check_topic(f"{key}.topics.{name}", topic)
    _check_kind(f"{key}.ids", source.ids)
    for number, rule in enumerate(source.account):
        _check_pointer(f"{key}.account[{number}].pointer", rule.pointer)
        _check_kind(f"{key}.account[{number}].kind", rule.kind)
    check_duration(f"{key}.tolerance", source.tolerance)
    if source.answer_within:
        check_duration(f"{key}.answer_within", source.answer_within)


def _check_names(key: str, names: Sequence[str]) -> None:
    for name in names:
        if not name.startswith(SECRET_PREFIX):
            shown = repr(name) if _VARIABLE.fullmatch(name) else "what is given"  # it may be the secret itself
            words = f"{shown} is not the name of a secret; put the secret into a variable whose name begins with"
            raise ModelRuleError(key, f"{words} {SECRET_PREFIX}, and write that name here")


def _check_verified(key: str, source: Source) -> None:
    scheme = scheme_name_of(source)
    if source.secrets and not scheme:
        words = f"requests of the kind {kind_of(source)!r} are not signed; name a key in `keys`, which they then give"
        raise ModelRuleError(f"{key}.secrets", words)
    if source.insecure and (source.secrets or source.keys):
        words = "the source has secrets or keys, and is not verified all the same; leave one of the two out"
        raise ModelRuleError(f"{key}.insecure", words)
    if not (source.insecure or source.secrets or source.keys):
        ways = (
            "`secrets`, which its signatures are made with, or `keys`" if scheme else "`keys`, which its requests give"
        )
        words = f"nothing verifies this source; name {ways}, or write insecure = true if anybody may send"
        raise ModelRuleError(key, words)


def _check_generic(key: str, source: schema.GenericSource) -> None:
    if source.scheme and source.scheme not in (names := [*SCHEMES, SCHEME]):
        words = (
            f"no scheme is called {source.scheme!r}{suggestion(source.scheme, names)} Take one of {', '.join(names)}"
        )
        raise ModelRuleError(f"{key}.scheme", words)
    if source.scheme == SCHEME and not source.header:
        raise ModelRuleError(
            f"{key}.header", "the scheme needs the name of the header that holds the signature; add it"
        )
    if source.header and not _HEADER.fullmatch(source.header):
        raise ModelRuleError(f"{key}.header", "no header can be called that; write its name alone, like X-Signature")
    if not (source.map.event or source.map.name):
        raise ModelRuleError(f"{key}.map", "nothing says what an event is called; give `event`, a pointer, or `name`")
    if not (source.map.time or source.map.id):
        words = "two equal events would count as one; give `time`, or `id`, a pointer"
        raise ModelRuleError(f"{key}.map", words)
    if not source.account:
        words = 'nothing says whose an event is; add account = [{ pointer = "/account_id" }]'
        raise ModelRuleError(f"{key}.account", words)
    _check_topic(f"{key}.topic", source.topic)
    for each in _POINTERS:
        _check_pointer(f"{key}.map.{each}", getattr(source.map, each))


def _check_kind(key: str, kind: str) -> None:
    if kind and not _KIND.fullmatch(kind):
        words = f"{kind[:60]!r} cannot be part of a kind of ids; write at most 60 letters, digits, dots, - and _"
        raise ModelRuleError(key, words)


def _check_pointer(key: str, pointer: str) -> None:
    try:
        pointer_parts(pointer)
    except ValueError as error:
        raise ModelRuleError(key, str(error)) from None


def _check_topic(key: str, topic: str) -> None:
    if topic not in INPUT_TOPICS:
        words = f"{topic!r} is no input topic{suggestion(topic, INPUT_TOPICS)} Take one of {', '.join(INPUT_TOPICS)}"
        raise ModelRuleError(key, words)
