"""Reading a file of events, what is refused in it, and shifting its times. Sending is in the integration tests."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from scoring.event.event import EVENT_MAX_BYTES, EventDecoder, Rejected
from scoring.instants import parse_instant
from streams.errors import UserError
from streams.replay.event_file import CHUNK_BYTES, EventFile
from streams.replay.event_line import RejectionCounts, read_event, with_timestamp
from streams.replay.publish import Timing, as_if_now
from streams.replay.undated_lines import REJECT_UNDATED, UndatedPolicy, parse_undated

NOW_MS = parse_instant("2026-06-01T00:00:00Z")
GOOD = {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": "2026-01-10T11:00:00Z"}


def a_line(**fields: Any) -> bytes:
    """A good line, but for `fields`; a field that is None is left out."""
    return json.dumps({name: value for name, value in {**GOOD, **fields}.items() if value is not None}).encode()


def a_file(path: Path, content: bytes) -> EventFile:
    path.write_bytes(content)
    return EventFile(str(path))


def lines_of(path: Path, content: bytes) -> list[tuple[int, bytes]]:
    with a_file(path, content) as file:
        return list(file.lines())


def refusal(line: bytes) -> str:
    with pytest.raises(Rejected) as rejected:
        read_event(EventDecoder(), line, 0, NOW_MS)
    assert str(rejected.value)
    return rejected.value.reason


# Lines


def test_the_message_is_the_line_without_its_topic_and_with_each_value_as_it_was() -> None:
    line = (
        b'{"account_id": "acme","topic":"billing", "event":"x","timestamp":1.7e9,"properties":{"mrr": 1e308,"a": [1 ]}}'
    )
    event, value = read_event(EventDecoder(), line, 0, NOW_MS)
    assert value == b'{"account_id":"acme","event":"x","timestamp":1.7e9,"properties":{"mrr": 1e308,"a": [1 ]}}'
    assert (event.topic, event.account_id, event.occurred_at_ms) == ("billing", "acme", 1_700_000_000_000)


@pytest.mark.parametrize(
    ("given", "topic"),
    [
        ("analytics", "analytics"),
        ("exception", "exceptions"),
        ("exceptions", "exceptions"),
        ("billing", "billing"),
        ("ticket", "tickets"),
        ("tickets", "tickets"),
    ],
)
def test_a_topic_may_be_singular(given: str, topic: str) -> None:
    event, _ = read_event(EventDecoder(), a_line(topic=given), 0, NOW_MS)
    assert event.topic == topic


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"topic":"analytics","account_id":"\xff"}', "malformed"),
        (b'{"\xff":1}', "malformed"),
        (b'{"topic":"analytics","account_id":"\\ud800"}', "malformed"),
        (b'{"topic":"analytics","value":NaN}', "malformed"),
        (b'{"topic":' + b"[" * 100_000, "malformed"),
        (b"[1]", "invalid"),
        (b"3", "invalid"),
        (a_line(topic=None), "no_topic"),
        (a_line(topic="control"), "unknown_topic"),
        (a_line(topic="scores"), "unknown_topic"),
        (a_line(topic=3), "unknown_topic"),
        (a_line(account_id=None), "no_account"),
        (a_line(account_id=7.5), "no_account"),
        (a_line(account_id="null"), "placeholder_account"),
        (a_line(account_id="a" * 5_000), "account_too_long"),
        (a_line(event=None), "no_event_name"),
        (a_line(timestamp="yesterday"), "bad_timestamp"),
        (a_line(timestamp=[]), "bad_timestamp"),
        (a_line(timestamp=0), "bad_timestamp"),
        (a_line(timestamp="1970-01-01T00:00:00Z"), "bad_timestamp"),
        (a_line(timestamp="2099-01-01T00:00:00Z"), "in_the_future"),
        (a_line(padding="x" * EVENT_MAX_BYTES), "oversize"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(line: bytes, reason: str) -> None:
    assert refusal(line) == reason


def test_an_event_without_a_timestamp_has_the_time_of_its_message_and_none_without_one() -> None:
    undated = a_line(timestamp=None)
    event, value = read_event(EventDecoder(), undated, NOW_MS, NOW_MS)
    assert event.occurred_at_ms == NOW_MS
    assert "timestamp" not in json.loads(value)
    assert refusal(undated) == "bad_timestamp"


def test_refusals_keep_the_first_five_line_numbers_and_the_words_of_the_first() -> None:
    refusals = RejectionCounts()
    refusals.add(3, Rejected("no_topic", "give one"))
    for number in range(10, 20):
        refusals.add(number, Rejected("malformed", f"line {number}"))
    most, least = refusals.by_reason()
    assert (most.reason, most.count, most.lines, most.words) == ("malformed", 10, (10, 11, 12, 13, 14), "line 10")
    assert (least.reason, least.count, least.lines) == ("no_topic", 1, (3,))


# Files


def test_lines_are_numbered_as_an_editor_does_and_blank_ones_left_out(tmp_path: Path) -> None:
    assert lines_of(tmp_path / "f", b"a\n\n  \r\nb\r\nc") == [(1, b"a"), (4, b"b"), (5, b"c")]


def test_a_last_line_break_makes_no_line(tmp_path: Path) -> None:
    assert lines_of(tmp_path / "f", b"a\n") == [(1, b"a")]
    assert lines_of(tmp_path / "f", b"7") == [(1, b"7")]
    assert lines_of(tmp_path / "f", b"") == []


@pytest.mark.parametrize("zipped", [False, True])
def test_lines_are_whole_whatever_the_chunks_that_they_come_in(tmp_path: Path, zipped: bool) -> None:
    lines = [b"%d" % number * (number % 300 + 1) for number in range(3_000)]
    content = b"\n".join(lines)
    assert len(content) > 10 * CHUNK_BYTES
    found = lines_of(tmp_path / "f", gzip.compress(content) if zipped else content)
    assert [line for _, line in found] == lines
    assert [number for number, _ in found] == list(range(1, 3_001))


def test_a_gzip_of_several_members_and_padding_is_read_to_its_end(tmp_path: Path) -> None:
    content = gzip.compress(b"a\nb") + gzip.compress(b"c\n") + b"\0" * 512
    assert [line for _, line in lines_of(tmp_path / "f", content)] == [b"a", b"bc"]


def test_a_line_without_end_is_cut_and_refused_as_oversize(tmp_path: Path) -> None:
    content = b"x" * (10 * EVENT_MAX_BYTES) + b"\n" + a_line()
    (_, endless), (number, good) = lines_of(tmp_path / "f", content)
    assert len(endless) < 2 * EVENT_MAX_BYTES
    assert refusal(endless) == "oversize"
    assert (number, good) == (2, a_line())


@pytest.mark.parametrize("content", [gzip.compress(b"a\n" * 5_000, mtime=0)[:-12], b"\x1f\x8b" + b"broken" * 10])
def test_a_gzip_that_is_broken_or_breaks_off_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UserError, match=r"cannot be read .*: give NDJSON, a JSON array, CSV or Parquet"):
        lines_of(tmp_path / "f", content)


def test_a_file_that_is_not_there_and_a_folder_are_errors_that_name_it(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UserError, match=f"{path} cannot be read"):
            EventFile(str(path))


def test_a_pipe_gives_what_it_has_without_waiting_for_more() -> None:
    reading, writing = os.pipe()
    with EventFile(f"/dev/fd/{reading}") as file:
        os.write(writing, b"a\nb\nc")
        assert file.read() == [(1, b"a"), (2, b"b")]
        os.write(writing, b"d\n")
        assert file.read() == [(3, b"cd")]
        os.close(writing)
        assert (file.read(), file.read()) == ([], None)
    os.close(reading)


# Encodings


@pytest.mark.parametrize("zipped", [False, True])
def test_a_mark_at_the_beginning_is_passed_over_and_before_a_line_too(tmp_path: Path, zipped: bool) -> None:
    content = b"\xef\xbb\xbf" + a_line() + b"\n\xef\xbb\xbf" + a_line()
    found = lines_of(tmp_path / "f", gzip.compress(content) if zipped else content)
    assert found == [(1, a_line()), (2, b"\xef\xbb\xbf" + a_line())]
    assert read_event(EventDecoder(), found[1][1], 0, NOW_MS)[0].account_id == "acme"


@pytest.mark.parametrize("size", range(1, 12))
def test_a_mark_and_line_ends_are_known_whatever_the_pieces_they_come_in(size: int) -> None:
    content = b"\xef\xbb\xbfone\r\ntwo\rthree\n\r\n\rsix\r\r"
    reading, writing = os.pipe()
    found = []
    with EventFile(f"/dev/fd/{reading}") as file:
        for start in range(0, len(content), size):
            os.write(writing, content[start : start + size])
            found += file.read() or []
        os.close(writing)
        found += list(file.lines())
    os.close(reading)
    assert found == [(1, b"one"), (2, b"two"), (3, b"three"), (6, b"six")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        *(
            (f"\ufeff{a_line().decode()}".encode(f"{kind}-{end}"), kind.upper())
            for kind in ("utf-16", "utf-32")
            for end in ("le", "be")
        ),
        *(
            (a_line().decode().encode(f"{kind}-{end}"), kind.upper())
            for kind in ("utf-16", "utf-32")
            for end in ("le", "be")
        ),
        ("\n".encode("utf-16-le"), "UTF-16"),
        (gzip.compress(a_line().decode().encode("utf-16"), mtime=0), "UTF-16"),
        (b"PK\x03\x04" + b"x" * 50, "a zip archive"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 50, "compressed by zstd"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(
        UserError, match=f"cannot be read \\(it is {words}.*: (save it as UTF-8|unpack or export it first)"
    ):
        lines_of(tmp_path / "f", content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[]", "is empty"),
        (json.dumps(GOOD, indent=2).encode(), "spans several lines"),
        (b"account_id,event,timestamp\nacme,login,2026-01-01\n", "looks like CSV"),
        (b"<html>", "looks like XML or HTML"),
        (b"nothing of the kind", "is an event. Give NDJSON"),
        (b"\n\n", "is empty"),
    ],
)
def test_a_file_without_an_event_says_what_it_is_instead(tmp_path: Path, content: bytes, words: str) -> None:
    with a_file(tmp_path / "f", content) as file:
        assert all(refusal(line) in ("malformed", "invalid", "no_topic", "needs_gateway") for _, line in file.lines())
        assert words in str(file.without_events())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'  "topic": "analytics",', "spans several lines"),
        (b'    "plan": "pro"', "spans several lines"),
        (b"  },", "spans several lines"),
        (a_line() + b",", "a comma follows it"),
        (b'"acme","login"', "looks like CSV"),
    ],
)
def test_each_refused_line_says_what_it_is_part_of(line: bytes, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_event(EventDecoder(), line, 0, NOW_MS)
    assert words in str(refused.value)


# Lines without a timestamp


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"properties": {"time": 1735732800}},
            "no timestamp, but properties.time: 1735732800; to use it, give --undated properties.time",
        ),
        ({"created_at": "2025-01-01T12:00:00Z"}, 'no timestamp, but created_at: "2025-01-01T12:00:00Z"; to use it'),
        ({"created_at": None, "properties": {}}, "no timestamp: give it one"),
        ({"properties": {"time": "\x1b[2J" + "9" * 500}}, "no timestamp, but properties.time: "),
    ],
)
def test_a_line_without_a_timestamp_is_refused_and_what_may_be_its_time_is_named(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Rejected, match="no timestamp") as rejected:
        read_event(EventDecoder(), a_line(timestamp=None, **fields), 0, NOW_MS)
    assert words in str(rejected.value)
    assert len(str(rejected.value)) < 200
    assert "\x1b" not in str(rejected.value)


@pytest.mark.parametrize("time", [1735732800, 1735732800000, "2025-01-01T12:00:00Z", "2025-01-01T13:00:00+01:00"])
@pytest.mark.parametrize("path", ["created_at", "properties.time", "properties.a.b", "a.b"])
def test_a_field_that_was_asked_for_is_the_timestamp_where_there_is_none(time: object, path: str) -> None:
    fields: dict[str, Any] = {"timestamp": None, "a.b": time}
    if path == "created_at":
        fields["created_at"] = time
    fields["properties"] = {"time": time, "a": {"b": time}}
    event, value = read_event(EventDecoder(), a_line(**fields), 0, NOW_MS, time_field=path)
    assert event.occurred_at_ms == parse_instant("2025-01-01T12:00:00Z")
    assert json.loads(value)["timestamp"] == time


def test_a_timestamp_goes_before_the_field_that_was_asked_for() -> None:
    event, _ = read_event(EventDecoder(), a_line(created_at="2025-01-01T12:00:00Z"), 0, NOW_MS, time_field="created_at")
    assert event.occurred_at_ms == parse_instant(GOOD["timestamp"])


def test_a_field_that_was_asked_for_and_holds_no_time_refuses_its_line() -> None:
    for fields, words in (
        ({}, "no created_at either"),
        ({"created_at": "soon"}, "timestamp"),
        ({"created_at": 1}, "2000"),
    ):
        with pytest.raises(Rejected, match=words) as rejected:
            read_event(EventDecoder(), a_line(timestamp=None, **fields), 0, NOW_MS, time_field="created_at")
        assert rejected.value.reason == "bad_timestamp"


@pytest.mark.parametrize(
    ("text", "undated"), [("", REJECT_UNDATED), ("refuse", REJECT_UNDATED), ("now", UndatedPolicy(is_now=True))]
)
def test_what_was_asked_for_is_a_word_or_a_path(text: str, undated: UndatedPolicy) -> None:
    assert parse_undated(text) == undated
    assert parse_undated("properties.time") == UndatedPolicy(field="properties.time")
    with pytest.raises(UserError, match="is not a field"):
        parse_undated("properties.")


# Times


def test_a_moved_event_has_a_new_timestamp_and_is_otherwise_untouched() -> None:
    value = b'{"timestamp":1700000000,"event":"x","properties":{"timestamp":1, "mrr": 1.50}}'
    moved = with_timestamp(value, parse_instant("2026-05-04T03:02:01.007Z"))
    assert moved == b'{"timestamp":"2026-05-04T03:02:01.007Z","event":"x","properties":{"timestamp":1, "mrr": 1.50}}'


def test_as_if_now_shifts_so_that_the_latest_good_event_is_now(tmp_path: Path) -> None:
    last_ms = parse_instant("2026-02-01T00:00:00Z")
    lines = [
        a_line(),
        a_line(timestamp="2026-02-01T00:00:00Z"),
        a_line(timestamp="2026-01-05T00:00:00Z"),
        a_line(timestamp=None),
        a_line(timestamp="2026-03-01T00:00:00Z", account_id=""),
        a_line(timestamp="2099-01-01T00:00:00Z"),
        b"not json",
    ]
    with a_file(tmp_path / "f", b"\n".join(lines)) as file:
        assert as_if_now(file, NOW_MS) == Timing(shift_ms=NOW_MS - last_ms)
        assert len(list(file.lines())) == len(lines)
        file.rewind()
        now = UndatedPolicy(is_now=True)
        assert as_if_now(file, NOW_MS, now) == Timing(shift_ms=NOW_MS - last_ms, undated=now, undated_ms=last_ms)


def test_as_if_now_leaves_a_file_without_times_alone(tmp_path: Path) -> None:
    with a_file(tmp_path / "f", a_line(timestamp=None)) as file:
        assert as_if_now(file, NOW_MS) == Timing()


@pytest.mark.parametrize("zipped", [False, True])
def test_a_pipe_can_be_read_twice(zipped: bool) -> None:
    content = b"\n".join([a_line()] * 2_000)
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(gzip.compress(content) if zipped else content)

    writer = threading.Thread(target=write)
    writer.start()
    with EventFile(f"/dev/fd/{reading}", twice=True) as file:
        assert as_if_now(file, NOW_MS).shift_ms > 0
        assert b"\n".join(line for _, line in file.lines()) == content
    writer.join()
    os.close(reading)
