"""Command and mistake ▸ exit code and one line that ends with what to do: those that need no broker and no Redis."""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.instants import DAY_MS, parse_instant
from streams.deployment.bounds import BOUNDS, broker_addresses, whole_number
from streams.deployment.settings import Settings
from streams.errors import Interrupted, UserError
from streams.operations.health_server import HealthServer
from streams.operations.metrics import ProjectorMetrics
from streams.replay.csv_cell import cell
from vitals import exits, main

EVENT = {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": "2026-01-01T10:00:00Z"}
AS_OF = ("--as-of", "2026-02-01T00:00:00Z")
DEFAULT = ("--model", "default")
TWO = ("--model", "default", "--model", "four-inputs", "--diff")
OVERRIDE = ("override", "acme", "--author", "ann", "--reason", "because")

MISTAKES = [
    # the command line
    (2, ("scroes",), "No such command 'scroes'. Did you mean 'scores', 'sources'? See `vitals --help`."),
    (2, ("--bogus",), "No such option: --bogus. See `vitals --help`."),
    (2, ("replay",), "Missing argument 'FILE'. See `vitals replay --help`."),
    (2, ("replay", "EVENTS", "--modle", "default"), "See `vitals replay --help`."),
    (2, ("model", "chekc", "default"), "Did you mean 'check'? See `vitals model --help`."),
    (2, ("scores", "--limit", "0"), "See `vitals scores --help`."),
    (2, ("scores", "--limit", "1e3"), "See `vitals scores --help`."),
    (2, ("scores", "--by", "luck"), "See `vitals scores --help`."),
    (2, ("publish", "EVENTS", "--rate", "nan"), "See `vitals publish --help`."),
    (2, ("publish", "EVENTS", "--rate", "-1"), "See `vitals publish --help`."),
    (2, ("up", "--seconds", "soon"), "See `vitals up --help`."),
    (1, ("publish", "EVENTS", "--rate", "inf"), "--rate is inf: give a number, or leave it out."),
    (1, ("publish", "EVENTS", "--rate", "1e400"), "--rate is inf: give a number, or leave it out."),
    (1, ("verify", "--watch", "inf"), "--watch is inf: give a number, or leave it out."),
    (1, ("up", "--seconds", "inf"), "--seconds is inf: give a number, or leave it out."),
    (1, ("up", "--accounts", "99999999999999999999"), "use 1 to 616."),
    (1, ("down",), "set it to the pid file of the `vitals up` to stop."),
    # dates
    *(
        (1, ("replay", "EVENTS", *DEFAULT, "--as-of", text), f"--as-of: '{text}' is not an instant: write it like")
        for text in (
            *(
                "yesterday",
                "2026-02-30",
                "1.5e3",
                "2026-01-01T25:00Z",
                "9999-12-31T23:59:59-23:59",
                "２０２６",
            ),
            *("0001-01-01T00:00:00+23:59", "2026-01-01T12:00:60Z", "2026-01-01T23:59:61Z", "1735732800"),
        )
    ),
    (1, ("replay", "EVENTS", *DEFAULT, "--as-of", ","), "--as-of: '' is not an instant: write it like"),
    (1, ("publish", "EVENTS", "--tick", "soon"), "--tick: 'soon' is not an instant: write it like"),
    (1, ("publish", "EVENTS", "--tick", "now"), "give an instant, or add --as-if-now."),
    (1, ("publish", "EVENTS", "--tick", "2999-01-01T00:00:00Z"), "give an earlier one."),
    (1, (*OVERRIDE, "--score", "20", "--until", "soon"), "--until: 'soon' is not an instant: write it like"),
    (1, (*OVERRIDE, "--score", "20", "--for", "soon"), "--for: 'soon' is not a duration: write a whole number"),
    (1, (*OVERRIDE, "--score", "20", "--for", "999999999d"), "fix that and run the command again."),
    (1, (*OVERRIDE, "--score", "20", "--until", "9999-12-31T23:59:59Z"), "fix that and run the command again."),
    (1, (*OVERRIDE, "--score", "nan", "--for", "1d"), "fix that and run the command again."),
    (1, ("replay", "EVENTS", *TWO, "--norm-every", "soon"), "--norm-every: 'soon' is not a duration: write"),
    (1, ("replay", "EVENTS", *TWO, "--as-of", "9999-12-31"), "give an earlier one."),
    # files of events
    (
        1,
        ("replay", "NOTHING", *DEFAULT, *AS_OF),
        "(No such file or directory): give NDJSON, a JSON array, CSV or Parquet.",
    ),
    (1, ("replay", "FOLDER", *DEFAULT, *AS_OF), "(Is a directory): give NDJSON, a JSON array, CSV or Parquet."),
    (1, ("replay", "LOOP", *DEFAULT, *AS_OF), "give NDJSON, a JSON array, CSV or Parquet."),
    (1, ("replay", "", *DEFAULT, *AS_OF), "'' cannot be read (No such file or directory): give NDJSON"),
    (1, ("replay", "EMPTY", *DEFAULT, *AS_OF), "is empty: give an NDJSON file, each line an event with its topic."),
    (1, ("replay", "CSV", *DEFAULT, *AS_OF), "Give NDJSON, each line an event with its topic."),
    (1, ("replay", "PRETTY", *DEFAULT, *AS_OF), "Give NDJSON, each line an event with its topic."),
    (1, ("replay", "UTF16", *DEFAULT, *AS_OF), "(it is UTF-16, not UTF-8: save it as UTF-8): give NDJSON"),
    (1, ("replay", "BROKEN", *DEFAULT, *AS_OF), "(the gzip is truncated): give NDJSON, a JSON array, CSV or Parquet."),
    (
        1,
        ("replay", "EVENTS", *DEFAULT, *AS_OF, "--undated", "a..b"),
        "give refuse, now, or a path like",
    ),
    (1, ("replay", "EVENTS", *DEFAULT, *AS_OF, "--undated", "now"), "or let them be refused."),
    (1, ("publish", "NOTHING"), "give NDJSON, a JSON array, CSV or Parquet."),
    (1, ("up", "--data", "NOTHING"), "give NDJSON, a JSON array, CSV or Parquet."),
    # output
    (1, ("replay", "EVENTS", *DEFAULT, *AS_OF, "--csv", "--output", "FOLDER"), "give the path of a file."),
    (1, ("replay", "EVENTS", *DEFAULT, *AS_OF, "--csv", "--output", "/dev/full"), "give the path of a file."),
    (1, ("replay", "EVENTS", *DEFAULT, *AS_OF, "--csv", "--output", "NOTHING/x"), "give the path of a file."),
    # models
    (1, ("model", "check", "defualt"), "did you mean 'default'? Use one of default, usage-trend-friction"),
    (1, ("model", "check", "FOLDER"), "(Is a directory): give the path of a TOML file."),
    (1, ("model", "explain", "EMPTY"), "is empty: give the path of a TOML file."),
    (1, ("model", "retune", "UTF16"), "(it is UTF-16): save it as TOML in UTF-8."),
    (1, ("up", "--model", "NOTHING"), "or give the path of a file."),
    # Redis is not there
    (1, ("scores",), "check that it runs and that VITALS_REDIS is right."),
    (1, ("explain", "acme"), "check that it runs and that VITALS_REDIS is right."),
    (1, ("model", "retune", "default"), "check that it runs and that VITALS_REDIS is right."),
]
"""The exit code, the command with names of files below, and words of its last line."""

SETTINGS = [
    *(
        ("VITALS_METRICS_PORT", value, "set it to a whole number from 0 to 65535.")
        for value in ("70000", "-1", "1e3", "x")
    ),
    *(
        ("VITALS_METRICS_PORT", value, "from 0 to 65535.")
        for value in ("1.5", "1e3", "９１", "1_0", "0x1F", "9" * 5_000)
    ),
    *(("VITALS_PARTITIONS", value, "from 1 to 10000.") for value in ("100000", "0", "-4", "four")),
    ("VITALS_REPLICATION", "40000", "from 1 to 32767."),
    ("VITALS_FLUSH_MS", "99999999999999999999", "from 1 to 3600000."),
    ("VITALS_KAFKA", "me:pw@host:9092", "name only hosts and ports in it"),
    ("VITALS_IDEMPOTENT", "7", "from 0 to 1."),
    ("VITALS_CLOCK", "sun", "set it to 'wall' or 'event'."),
    *(
        ("VITALS_KAFKA", value, "set it to host:port")
        for value in (
            *("host:70000", ":9092", "kafka://host:9092", "http://host", "host", "host:abc", "host:-1", "host:9092/x"),
            *(
                "::1:9092",
                "a b:9092",
                ",",
                " ",
                "host:9092,kafka://x:1",
                "h\n:1",
                "[::1]",
                "host:0",
            ),
        )
    ),
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("VITALS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VITALS_REDIS", "redis://127.0.0.1:1/1")
    monkeypatch.setenv("VITALS_KAFKA", "127.0.0.1:1")


@pytest.fixture
def names(tmp_path: Path) -> Callable[[str], str]:
    """Files with these names, and what a word of a command line stands for."""
    event = json.dumps(EVENT)
    files = {
        "EVENTS": event.encode(),
        "EMPTY": b"",
        "CSV": b"account_id,event\nacme,login\n",
        "PRETTY": json.dumps(EVENT, indent=2).encode(),
        "UTF16": event.encode("utf-16"),
        "BROKEN": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "LOOP").symlink_to(tmp_path / "LOOP")
    known = {*files, "FOLDER", "LOOP", "NOTHING", "NOTHING/x"}
    return lambda word: str(tmp_path / word) if word in known else word


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, standard output, and the last line of standard error, all of whose others are no failure's."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if line.startswith("error: ")] == err.splitlines()[-1:]
    return int(str(ended.value.code)), out, err.splitlines()[-1]


@pytest.mark.parametrize(("code", "arguments", "words"), MISTAKES)
def test_a_mistake_is_one_line_that_ends_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
    names: Callable[[str], str],
    code: int,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    run_to_exit_code, out, line = told(capsys, *map(names, arguments))
    assert (run_to_exit_code, out) == (code, "")
    assert words in line


@pytest.mark.parametrize(("name", "value", "words"), SETTINGS)
def test_a_setting_that_cannot_be_is_named_with_what_it_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in ("worker", "project", "notify", "scores"):
        code, _, line = told(capsys, command)
        assert code == 1
        assert line.startswith(f"error: {name} ")
        assert words in line
        assert len(line) < 300
        assert "pw@" not in line


def test_every_setting_that_is_a_number_has_bounds_with_its_default_within() -> None:
    numbers = {name: getattr(Settings(), name) for name in Settings.__struct_fields__}
    numbers = {name: value for name, value in numbers.items() if isinstance(value, int)}
    assert set(BOUNDS) == set(numbers)
    for name, value in numbers.items():
        assert whole_number(name, str(value)) == value


def test_addresses_of_brokers_are_taken_as_people_write_them() -> None:
    assert broker_addresses("a:9092, b.c:9093 ,[::1]:9094,[fe80::1%eth0]:1,10.0.0.1:65535,") == (
        "a:9092,b.c:9093,[::1]:9094,[fe80::1%eth0]:1,10.0.0.1:65535"
    )


def test_a_leap_second_is_the_second_after_it() -> None:
    new_year = parse_instant("2017-01-01T00:00:00Z")
    for text in ("2016-12-31T23:59:60Z", "2017-01-01T05:29:60.999+05:30", "2016-12-31T23:59:60"):
        assert parse_instant(text) == new_year
    assert new_year % DAY_MS == 0


@pytest.mark.parametrize(
    ("given", "written"),
    [
        *((f"{mark}cmd|' /C calc'!A0", f"'{mark}cmd|' /C calc'!A0") for mark in "=+-@"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-12.5", "-12.5"),
        ("+49", "+49"),
        ("-1+2", "'-1+2"),
        (-1.5, -1.5),
        (None, None),
        ("acme\x1b[2J\0\x9b", "acme [2J  "),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_cell_is_no_formula(given: object, written: object) -> None:
    assert cell(given) == written


def test_accounts_that_are_formulas_are_harmless_in_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps({**EVENT, "account_id": '=HYPERLINK("http://x","y")'}))
    with pytest.raises(SystemExit):
        main(["replay", str(file), *DEFAULT, *AS_OF, "--csv"])
    row = capsys.readouterr().out.splitlines()[1]
    assert row.startswith('2026-02-01T00:00:00Z,"\'=HYPERLINK(""http://x"",""y"")",0,')


# The last resort


def ended(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    def run() -> None:
        raise error

    code = exits.run_to_exit_code(run)
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UserError("Do this."), 1, "error: Do this."),
        (Interrupted("Interrupted: 7 events were published."), 130, "Interrupted: 7 events were published."),
        (KeyboardInterrupt(), 130, "Interrupted: nothing more was done; run the command again when you like."),
        (
            OSError(errno.ENOSPC, "No space left on device", "/x"),
            1,
            "/x: No space left on device: free some space on",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "free some space, or send it elsewhere."),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "/x"), 1, "or raise the quota."),
        (OSError(errno.EMFILE, "Too many open files"), 1, "allow this process more open files (ulimit -n)."),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            1,
            "give this user permission, or name",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/x"), 1, "name a writable path."),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/']"),
            1,
            "set TMPDIR to a writable",
        ),
        (TimeoutError(), 1, "check that Kafka and Redis run, then try again."),
        (MemoryError(), 1, "give this machine more, or the command less to do."),
        (BrokenPipeError(), 1, ""),
        (
            KeyError("x"),
            70,
            "please report it with this line; VITALS_LOG_LEVEL=DEBUG shows more.",
        ),
        (RecursionError("too\ndeep"), 70, "error: This is a bug of Vitals (RecursionError: too deep in "),
    ],
)
def test_whatever_ends_a_command_is_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, words: str
) -> None:
    found, err = ended(capsys, error)
    assert found == code
    assert words in err
    assert err.count("\n") == (1 if words else 0)


def test_the_traceback_of_a_bug_is_shown_where_it_was_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_LOG_LEVEL", "debug")
    code, err = ended(capsys, KeyError("x"))
    assert code == 70
    assert err.startswith("Traceback ")
    assert err.splitlines()[-1].startswith("error: This is a bug of Vitals (KeyError: 'x' in exits.py:")
    assert err.endswith("): please report it with this line.\n")


# Processes


@pytest.mark.slow
async def test_a_scraper_that_does_not_wait_for_its_answer_is_no_news(capfd: pytest.CaptureFixture[str]) -> None:
    server = HealthServer(Settings(), ProjectorMetrics())
    server.start()
    try:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as caller:
                caller.sendall(b"GET /metrics HTTP/1.1\r\n")
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # goes with a reset
        await asyncio.sleep(0.3)
    finally:
        server.stop()
    assert capfd.readouterr().err == ""


def test_an_unbuffered_output_that_is_put_back_is_still_open(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb", buffering=0) as raw:
        before, sys.stdout = sys.stdout, io.TextIOWrapper(raw, write_through=True)
        ours = sys.stdout
        try:
            with pytest.raises(SystemExit):
                main(["--version"])
        finally:
            sys.stdout = before
        gc.collect()
        assert not raw.closed
        os.fstat(raw.fileno())
        ours.detach()
    assert (tmp_path / "out").read_bytes().startswith(b"vitals ")
