"""The schemes of signatures, all of them."""

from __future__ import annotations

import pytest

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.table import SCHEMES
from streams.gateway.vendors.table import VENDORS


def test_the_scheme_of_every_vendor_is_in_the_table() -> None:
    assert {vendor.scheme for vendor in VENDORS.values()} - {""} <= set(SCHEMES)


def test_a_request_without_a_signature_is_refused_in_words() -> None:
    for verify in SCHEMES.values():
        with pytest.raises(BadSignature, match=r"\w+ \w+"):
            verify(b"{}", {}, [Secret("c2VjcmV0")], 1_772_359_200.0, 300.0)
