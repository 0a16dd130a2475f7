"""What the sources of a gateway are, for people: `vitals gateway check`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from streams.gateway.sources.loader import is_over_http, kind_of, scheme_name_of
from streams.gateway.sources.schema import Source, StripeSource
from streams.gateway.vendors.table import VENDORS


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One source. `paths` are those that its clients may call; `problems` end with what to do."""

    name: str
    kind: str
    paths: tuple[str, ...]
    verified_by: str
    answers_within_seconds: float
    problems: tuple[str, ...]


def summaries(sources: Mapping[str, Source], secret_problem: Callable[[str], str]) -> list[SourceSummary]:
    """Each source. `secret_problem` says why the secret in a variable cannot be read, "" if it can."""
    return [_summary(name, source, secret_problem) for name, source in sources.items()]


def _summary(name: str, source: Source, secret_problem: Callable[[str], str]) -> SourceSummary:
    vendor = VENDORS[kind_of(source)]
    needed = [*source.secrets, *source.keys]
    if isinstance(source, StripeSource) and source.api_key:
        needed.append(source.api_key)
    return SourceSummary(
        name=name,
        kind=kind_of(source),
        paths=(f"/in/{name}", *vendor.paths) if is_over_http(source) else (),
        verified_by=verified_by(source),
        answers_within_seconds=vendor.answer_seconds,
        problems=tuple(problem for each in needed if (problem := secret_problem(each))),
    )


def verified_by(source: Source) -> str:
    """What verifies the requests of a source, in words.

    >>> from streams.gateway.sources.schema import VitalsSource
    >>> verified_by(VitalsSource(keys=("VITALS_SECRET_A", "VITALS_SECRET_B")))
    'a key: VITALS_SECRET_A, VITALS_SECRET_B'
    """
    if not is_over_http(source):
        return "the rights of the Kafka topic"
    if source.insecure:
        return "NOTHING: anybody may send"
    ways = []
    if source.secrets:
        ways.append(f"a signature ({scheme_name_of(source)}): {', '.join(source.secrets)}")
    if source.keys:
        ways.append(f"a key: {', '.join(source.keys)}")
    return "; or ".join(ways)
