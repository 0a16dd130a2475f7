"""Answers in any pieces."""

from __future__ import annotations

import pytest

from bench.load.answers import AnswerReader

OK = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 14\r\n\r\n{"accepted":1}'
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_the_status_is_known_once_the_answer_is_whole(size: int) -> None:
    reader, found = AnswerReader(), []
    for answer in (OK, BUSY, OK):
        pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
        statuses = [reader.feed(piece) for piece in pieces]
        assert not any(statuses[:-1])
        found.append(statuses[-1])
    assert found == [200, 503, 200]


def test_an_answer_without_a_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="without a length"):
        AnswerReader().feed(b"HTTP/1.1 200 OK\r\n\r\n")
