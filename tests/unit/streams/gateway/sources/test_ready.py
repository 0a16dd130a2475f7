"""Sources with their secrets: which requests are their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.answers import Problem
from streams.gateway.process import sources_of
from streams.gateway.sources.ready import ReadySource, read_sources, ready_sources
from streams.gateway.sources.schema import SegmentSource, Source, VitalsSource
from tests.support.gateway.requests import a_request

KEYS = ("VITALS_SECRET_A", "VITALS_SECRET_B")
SECRETS = {"VITALS_SECRET_A": "k-a", "VITALS_SECRET_B": "k-b", "VITALS_SECRET_S": "abc123"}


def ready(source: Source) -> ReadySource:
    return ready_sources({"own": source}, SECRETS)["own"]


@pytest.mark.parametrize(
    ("key", "is_taken"), [("k-a", True), ("k-b", True), ("k-c", False), ("K-A", False), ("", False)]
)
def test_one_of_the_keys_must_be_given(key: str, is_taken: bool) -> None:
    request = a_request(VitalsSource(keys=KEYS), {}, headers={"Authorization": f"Bearer {key}"})
    if is_taken:
        ready(VitalsSource(keys=KEYS)).verify(request, 0.0)
    else:
        with pytest.raises(Problem) as caught:
            ready(VitalsSource(keys=KEYS)).verify(request, 0.0)
        assert caught.value.status == 401
        assert key == "" or key not in caught.value.words


def test_a_source_with_keys_and_secrets_takes_either() -> None:
    source = SegmentSource(keys=("VITALS_SECRET_A",), secrets=("VITALS_SECRET_S",))
    ready(source).verify(a_request(source, {"writeKey": "k-a"}, headers={"Authorization": "Basic ay1hOg=="}), 0.0)
    with pytest.raises(Problem, match="'own' did not send this"):
        ready(source).verify(a_request(source, {}, headers={"X-Signature": "00"}), 0.0)


def test_a_secret_that_is_not_set_is_named_and_one_in_a_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"VITALS_SECRET_A.*is not set"):
        ready_sources({"own": VitalsSource(keys=("VITALS_SECRET_A",))}, {})
    (tmp_path / "key").write_text("k-file\n")
    found = ready_sources(
        {"own": VitalsSource(keys=("VITALS_SECRET_A",))}, {"VITALS_SECRET_A_FILE": str(tmp_path / "key")}
    )
    assert found["own"].has_key("k-file")


def test_local_listens_on_loopback_alone() -> None:
    assert sources_of(Settings(gateway="local"), {}).keys() == {"local"}
    with pytest.raises(UserError, match=r"VITALS_GATEWAY_HOST is '0\.0\.0\.0': set it to 127\.0\.0\.1"):
        sources_of(Settings(gateway="local", gateway_host="0.0.0.0"), {})


def test_without_a_file_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="VITALS_GATEWAY is not set: set it to"):
        read_sources("")
    (tmp_path / "gateway.toml").write_text("[sources.a]\n")
    with pytest.raises(UserError, match=r"gateway\.toml: line 1: sources\.a"):
        read_sources(str(tmp_path / "gateway.toml"))


def test_a_secret_is_never_printed() -> None:
    source = ready(SegmentSource(secrets=("VITALS_SECRET_S",), keys=("VITALS_SECRET_A",)))
    assert "abc123" not in repr(source)
    assert "k-a" not in repr(source)


def test_the_time_to_answer_is_the_vendors_unless_the_source_says_another() -> None:
    assert ready(VitalsSource(keys=KEYS)).answer_within == 4.0
    assert ready(msgspec.structs.replace(VitalsSource(keys=KEYS), answer_within="2s")).answer_within == 2.0
