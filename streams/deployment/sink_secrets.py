"""The secrets that sinks of `alerts.toml` name: variables that begin with `VITALS_SECRET_`."""

from __future__ import annotations

from collections.abc import Mapping

from streams.deployment.secret import Secret, read_secret
from streams.errors import UserError

SECRET_PREFIX = "VITALS_SECRET_"
"""What the names of such variables begin with."""


def sink_secret(environment: Mapping[str, str], name: str) -> Secret:
    """The secret in the variable `name`, or in the file that `name`_FILE names. Blocks while a file is read.

    >>> sink_secret({"VITALS_SECRET_SLACK": "hunter2"}, "VITALS_SECRET_SLACK")
    ****

    Raises:
        UserError: when there is none, or it cannot be read. The text names the variable and never the secret.
    """
    if not name.startswith(SECRET_PREFIX):
        raise UserError(f"{name} is not the name of a secret: name a variable that begins with {SECRET_PREFIX}.")
    secret = Secret(read_secret(environment, name))
    if not secret:
        raise UserError(f"{name}, which is needed, is not set: set it, or {name}_FILE to the path of a file.")
    return secret
