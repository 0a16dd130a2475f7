"""Tokens for OAUTHBEARER, from a command of the operator's."""

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

from streams.deployment.environment import whole_environment
from streams.errors import UserError

COMMAND_SECONDS = 30.0
"""How long the command may take before it is killed."""
EARLY_SECONDS = 60.0
"""So long before its end a token is no longer given out, or at a tenth of its life where that is less."""
UNKNOWN_LIFE_SECONDS = 60.0
"""For how long a token is used again that does not say when it ends."""
_OUTPUT_MAX_BYTES = 256 * 1024


class TokenCommandFailed(KafkaConnectionError):  # type: ignore[misc]  # aiokafka has no types
    """The command gave no token. An error of the connection to aiokafka, which tries again."""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = 0.0


class _Claims(msgspec.Struct):
    exp: float = 0.0


class CommandTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Tokens that a command prints. One is used again until shortly before its end, which a JWT says itself, or JSON
    with `access_token` and `expires_in`.

    The command is run without a shell, with all of the environment that we were given; what it prints on standard
    error is told when it fails, and its output never. Connections that ask at once wait for one run.
    """

    def __init__(self, command: str, *, now: Callable[[], float] = time.time) -> None:
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise UserError(
                f"VITALS_KAFKA_SASL_OAUTHBEARER_TOKEN_COMMAND cannot be read ({error}): close its quotation."
            ) from error
        self._now = now
        self._asking: asyncio.Lock | None = None
        self._token, self._good_until = "", 0.0

    async def token(self) -> str:
        """A token that is good now. Blocks while the command runs, 30 s at most.

        Raises:
            TokenCommandFailed: when it gives none; one line.
        """
        # Of the loop that asks: a provider belongs to one client.
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
                env=whole_environment(),
            )
        except (OSError, ValueError) as error:
            raise _failed(f"cannot be started ({error})") from error
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                output, told = await process.communicate()
        except TimeoutError as error:
            raise _failed(f"did not end within {COMMAND_SECONDS:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            lines = told.decode(errors="replace").split("\n")
            said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
            raise _failed(f"ended with exit code {process.returncode} ({said[:200]})")
        return output


def _read(output: bytes, now: float) -> tuple[str, float]:
    """The token that the command printed, and for how many seconds it is good."""
    text = output.strip()
    if text.startswith(b"{"):
        try:
            answer = msgspec.json.decode(text, type=_Answer)
        except msgspec.DecodeError as error:
            raise _failed("printed JSON without a text `access_token`") from error
        token, life_seconds = answer.access_token, answer.expires_in
    else:
        token, life_seconds = text.decode(errors="replace"), 0.0
    if not token or len(output) > _OUTPUT_MAX_BYTES or any(not "!" <= sign <= "~" for sign in token):
        raise _failed("printed no token" if not token else "printed more than a token")
    end = _end_of_jwt(token)
    if 0 < end <= now:
        raise _failed("printed a token that has ended")
    life_seconds = life_seconds or end - now
    return token, life_seconds if life_seconds > 0 else UNKNOWN_LIFE_SECONDS


def _end_of_jwt(token: str) -> float:
    """The instant in epoch seconds at which a JWT ends; 0 for what is none, or does not say."""
    parts = token.split(".")
    if len(parts) != 3:
        return 0.0
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims).exp
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return 0.0


def _failed(how: str) -> TokenCommandFailed:
    return TokenCommandFailed(
        f"The command of VITALS_KAFKA_SASL_OAUTHBEARER_TOKEN_COMMAND {how}: run it by hand, and mend it."
    )
