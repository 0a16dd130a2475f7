"""Tokens for OAUTHBEARER, printed by a command that the operator configures."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shlex
import time
from collections.abc import Callable

import msgspec
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from streams.deployment.environment import full_environment
from streams.errors import UserError

COMMAND_SECONDS = 30.0
"""The command is killed after this time."""
EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, or after 90 % of its lifetime if that is later."""
UNKNOWN_LIFE_SECONDS = 60.0
"""How long a token is reused that does not say when it expires."""
_OUTPUT_MAX_BYTES = 256 * 1024


class TokenCommandFailed(KafkaConnectionError):  # type: ignore[misc]  # aiokafka has no types
    """The command gave no token. To aiokafka this is a connection error, so it retries."""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = 0.0


class _Claims(msgspec.Struct):
    exp: float = 0.0


class CommandTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Tokens that a command prints. A token is reused until shortly before it expires. Its lifetime comes from the JWT
    itself, or from JSON with `access_token` and `expires_in`.

    The command runs without a shell, with the environment of this process. Its standard error is reported when it
    fails; its output never is. Concurrent connections wait for one run.
    """

    def __init__(self, command: str, *, now: Callable[[], float] = time.time) -> None:
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise UserError(
                f"VITALS_KAFKA_SASL_OAUTHBEARER_TOKEN_COMMAND cannot be parsed ({error}): close its quotes."
            ) from error
        self._now = now
        self._asking: asyncio.Lock | None = None
        self._token, self._good_until = "", 0.0

    async def token(self) -> str:
        """A token that is valid now. Waits while the command runs, at most 30 s.

        Raises:
            TokenCommandFailed: when the command gives no token; one line.
        """
        # Created in the loop that uses it: a provider belongs to one client.
        self._asking = self._asking or asyncio.Lock()
        async with self._asking:
            if self._now() >= self._good_until:
                self._token, life_seconds = _read(await self._run(), self._now())
                self._good_until = self._now() + life_seconds - min(EARLY_SECONDS, life_seconds / 10)
            return self._token

    async def _run(self) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=full_environment(),
            )
        except (OSError, ValueError) as error:
            raise _failed(f"cannot be started ({error})") from error
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                output, errors = await process.communicate()
        except TimeoutError as error:
            raise _failed(f"did not end within {COMMAND_SECONDS:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            lines = errors.decode(errors="replace").split("\n")
            last_line = next((line.strip() for line in reversed(lines) if line.strip()), "nothing on standard error")
            raise _failed(f"ended with exit code {process.returncode} ({last_line[:200]})")
        return output


def _read(output: bytes, now: float) -> tuple[str, float]:
    """(the token that the command printed, the seconds for which it is valid)."""
    text = output.strip()
    if text.startswith(b"{"):
        try:
            answer = msgspec.json.decode(text, type=_Answer)
        except msgspec.DecodeError as error:
            raise _failed("printed JSON without a string `access_token`") from error
        token, life_seconds = answer.access_token, answer.expires_in
    else:
        token, life_seconds = text.decode(errors="replace"), 0.0
    if not token or len(output) > _OUTPUT_MAX_BYTES or any(not "!" <= sign <= "~" for sign in token):
        raise _failed("printed no token" if not token else "printed more than a token")
    end = _end_of_jwt(token)
    if 0 < end <= now:
        raise _failed("printed an expired token")
    life_seconds = life_seconds or end - now
    return token, life_seconds if life_seconds > 0 else UNKNOWN_LIFE_SECONDS


def _end_of_jwt(token: str) -> float:
    """When a JWT expires, in epoch seconds; 0 if it is not a JWT or does not say."""
    parts = token.split(".")
    if len(parts) != 3:
        return 0.0
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims).exp
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return 0.0


def _failed(how: str) -> TokenCommandFailed:
    return TokenCommandFailed(
        f"The command of VITALS_KAFKA_SASL_OAUTHBEARER_TOKEN_COMMAND {how}: run it yourself and fix it."
    )
