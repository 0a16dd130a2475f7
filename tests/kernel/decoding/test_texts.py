"""Texts in the kernel: fingerprints equal those of Python, and ids keep only what Unicode leaves as it is."""

from __future__ import annotations

import hashlib
import sys
import unicodedata

import pytest

from scoring.event.ids import clean
from scoring.fingerprint import fingerprint
from streams.engine.folds.id_prints import id_print
from streams.kernel.kernel import is_built

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built: make builds it")
HANGUL_PARTS = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
"""Vowels and finals, which join the syllable before them."""


def joins_what_is_before(code_point: int) -> bool:
    """Whether some composition has this as its second character."""
    return code_point in HANGUL_PARTS or chr(code_point) in _SECONDS


def seconds() -> set[str]:
    found = set()
    for code_point in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code_point)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            found.add(chr(int(parts[1], 16)))
    return found


_SECONDS = seconds()


def test_inert_code_points_stay_as_they_are_whatever_is_beside_them() -> None:
    from streams.kernel._native import Decoder

    inert = [code_point for code_point in range(sys.maxunicode + 1) if Decoder.is_inert(code_point)]
    assert len(inert) > 130_000
    for code_point in inert:
        char = chr(code_point)
        is_kept = clean(f"x{char}x") == f"x{char}x" and clean(char) == char and not char.isspace()
        is_alone = unicodedata.combining(char) == 0 and not joins_what_is_before(code_point)
        assert is_kept, hex(code_point)
        assert is_alone, hex(code_point)
        assert not char.lower().isascii(), hex(code_point)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 127, 128, 129, 255, 256, 257, 1_000])
def test_a_fingerprint_is_that_of_hashlib(length: int) -> None:
    from streams.kernel._native import Decoder

    text = bytes(number % 251 for number in range(length))
    digest = hashlib.blake2b(text, digest_size=8).digest()
    assert Decoder.fingerprint(text) == int.from_bytes(digest, "big")


def test_a_fingerprint_is_that_of_scoring() -> None:
    from streams.kernel._native import Decoder

    for text in ("", "acme", "Café", "a\0b", "日本" * 50):
        assert Decoder.fingerprint(text.encode()) == fingerprint(text)


def test_siphash_answers_what_its_authors_published() -> None:
    """The first 16 of `vectors_sip64` of the reference implementation, as little-endian numbers."""
    from streams.kernel._native import Decoder

    published = (
        *(0x726FDB47DD0E0E31, 0x74F839C593DC67FD, 0x0D6C8009D9A94F5A, 0x85676696D7FB7E2D),
        *(0xCF2794E0277187B7, 0x18765564CD99A68D, 0xCBC9466E58FEE3CE, 0xAB0200F58B01D137),
        *(0x93F5F5799A932462, 0x9E0082DF0BA9E4B0, 0x7A5DBBC594DDB9F3, 0xF4B32F46226BADA7),
        *(0x751E8FBC860EE5FB, 0x14EA5627C0843D90, 0xF723CA908E7AF2EE, 0xA129CA6149BE45E5),
    )
    message = bytes(range(len(published)))
    for length, wanted in enumerate(published):
        assert Decoder.siphash(bytes(range(16)), message[:length]) == wanted, length


def test_siphash_answers_what_the_partition_keeps_of_an_id() -> None:
    from streams.kernel._native import Decoder

    key = bytes(range(100, 116))
    for text in ("", "analytics\0login\0e1", "tickets\0ticket_opened\0é" * 20):
        assert Decoder.siphash(key, text.encode()) == id_print(key, text)
