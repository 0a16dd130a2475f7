"""Keys in the header `Authorization`."""

from __future__ import annotations

import base64

import pytest

from streams.gateway.sources.schema import VitalsSource
from streams.gateway.vendors.bearer import bearer_key
from tests.support.gateway.requests import a_request


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Bearer k-1", "k-1"),
        ("bearer  k-1 ", "k-1"),
        (basic("k-1:"), "k-1"),
        (basic("k-1"), "k-1"),
        (basic("anyone:k-1"), "k-1"),
        (basic("anyone:k:1"), "k:1"),
        ("Basic not base64", ""),
        ("Basic /w==", ""),  # a byte that is no UTF-8
        ("Digest k-1", ""),
        ("k-1", ""),
        ("", ""),
    ],
)
def test_the_key_after_bearer_or_of_basic(written: str, key: str) -> None:
    assert bearer_key(a_request(VitalsSource(), headers={"Authorization": written})) == key


def test_a_request_without_the_header_has_no_key() -> None:
    assert bearer_key(a_request(VitalsSource())) == ""
