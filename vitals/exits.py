"""How a command ends: an exit code and, on failure, one line on standard error that says what to do."""

from __future__ import annotations

import codecs
import errno
import io
import logging
import os
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import cast

import typer

from streams.errors import Interrupted, UserError
from vitals.os_errors import os_error_text

FAILED, MISUSED, BUG, INTERRUPTED = 1, 2, 70, 130
_ClickException = cast(type[Exception], typer.BadParameter.__mro__[2])  # typer does not export it
_ESCAPED = "vitals-escaped"
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_OURS = tuple(str(Path(__file__).parents[1] / room) + os.sep for room in ("alerts", "scoring", "streams", "vitals"))
_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_OUTSIDE = ("aiokafka", "faust", "httpcore", "httpx", "mode", "redis")
"""Libraries that talk to other systems: their errors are the surroundings' fault unless shown to be ours."""


def run_to_exit_code(run: Callable[[], object]) -> int:
    """Run a command and return its exit code. Prints what went wrong, and flushes all output."""
    _complete_standard_streams()
    with _signals_like_ctrl_c() as caught:
        try:
            code = _exit_code(run)
        except KeyboardInterrupt:
            code = _say("Interrupted: nothing more was done; run the command again when you like.", INTERRUPTED)
    flushed = _flush()
    if code == INTERRUPTED and caught:
        return 128 + caught[0]
    return code or flushed


def _exit_code(run: Callable[[], object]) -> int:
    try:
        code = run()
        if code == INTERRUPTED:  # how typer reports Ctrl-C
            raise KeyboardInterrupt
        sys.stdout.flush()
    except UserError as error:
        return _say(f"error: {error}", FAILED)
    except Interrupted as interrupted:
        return _say(str(interrupted), INTERRUPTED)
    except _ClickException as error:
        return _misused(error)
    except BrokenPipeError:
        return FAILED  # the reader of our output went away
    except OSError as error:
        return _say(f"error: {_output_error_text(error) or os_error_text(error)}", FAILED, error)
    except MemoryError as error:
        return _say("error: Out of memory: give this machine more, or the command less to do.", FAILED, error)
    except Exception as error:
        return _bug(error)
    return code if isinstance(code, int) else 0


def _misused(error: BaseException) -> int:
    words = " ".join(error.format_message().split()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if not words or context is None:  # plain `vitals`: typer shows the help
        if hasattr(error, "show"):
            error.show()
        return MISUSED
    path = context.command_path
    return _say(f"error: {words.rstrip('.')}{'' if words.endswith('?') else '.'} See `{path} --help`.", MISUSED)


def _bug(error: Exception) -> int:
    """Report an unexpected error: a library's as a fault of the surroundings, any other as a bug of ours."""
    what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    if type(error).__module__.partition(".")[0] in _OUTSIDE:
        return _say(f"error: {what}: check that Kafka and Redis run, then try again.", FAILED, error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OURS)]
    where = f" in {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    if any(getattr(handler, "stream", None) is sys.stderr for handler in logging.getLogger().handlers):
        # A long-running process: the whole traceback belongs in its log.
        logging.getLogger(__name__).critical("a bug of Vitals", exc_info=error)
    more = "" if _is_debugging() else "; VITALS_LOG_LEVEL=DEBUG shows more"
    return _say(f"error: This is a bug of Vitals ({what}{where}): please report it with this line{more}.", BUG, error)


def _say(line: str, code: int, error: BaseException | None = None) -> int:
    """Print the line, and before it the traceback if VITALS_LOG_LEVEL=DEBUG. Never raises."""
    with suppress(OSError, ValueError):
        if error is not None and _is_debugging():
            traceback.print_exception(error)
        print(line, file=sys.stderr, flush=True)
    return code


def _is_debugging() -> bool:
    return os.environ.get("VITALS_LOG_LEVEL", "").upper() == "DEBUG"


def _output_error_text(error: OSError) -> str:
    """The message for a failed write to standard output, which has no file name; "" for any other error."""
    if error.filename is not None or error.errno not in _NOT_WRITTEN:
        return ""
    return f"Output cannot be written ({error.strerror}): free some space, or send it elsewhere."


def _flush() -> int:
    """Write what is buffered. What cannot be written is dropped, or Python would fail again, visibly, at exit."""
    code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = FAILED
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _complete_standard_streams() -> None:
    """Make stdin, stdout and stderr usable. If one was closed, no other file may get its number. A character that the
    terminal's encoding lacks is written as an escape. With PYTHONUNBUFFERED, output that a full disk rejects would be
    lost without an error, so output is buffered."""
    codecs.register_error(_ESCAPED, _escaped)
    with suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)
        os.close(number)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for the life of the process
        elif isinstance(stream, io.TextIOWrapper):
            if isinstance(stream.buffer, io.FileIO):
                # By number: a caller that restores the old stream must not find it closed with this one.
                whole = io.BufferedWriter(io.FileIO(stream.fileno(), "w", closefd=False))
                setattr(sys, name, stream := io.TextIOWrapper(whole, encoding=stream.encoding, line_buffering=True))
            stream.reconfigure(errors=_ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Escapes characters that the encoding lacks as JSON does, so that `--json` prints JSON in ASCII too."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{unit:04x}" for (unit,) in struct.iter_unpack(">H", units)), error.end


@contextmanager
def _signals_like_ctrl_c() -> Iterator[list[int]]:
    """While the block runs, SIGTERM and SIGHUP act like Ctrl-C. Yields the signals that came. Long-running processes
    replace these handlers with their own."""
    caught: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        signal.raise_signal(signal.SIGINT)

    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, on_signal)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)
