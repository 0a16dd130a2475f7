"""The signed links of a deployment's messages, from its settings and its key."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.case_links import KEY_LEAST, CaseLinks, CaseTokens
from streams.deployment.secret import read_secret
from streams.deployment.settings import Settings
from streams.errors import UserError

KEY = "VITALS_SECRET_LINKS"
"""One key, or several separated by spaces: the first signs, all are accepted."""


def case_tokens(environment: Mapping[str, str]) -> CaseTokens | None:
    """The tokens that the key signs; None without a key. Blocks while a file is read.

    Raises:
        UserError: when the key is too short, or cannot be read.
    """
    keys = read_secret(environment, KEY).split()
    if not keys:
        return None
    try:
        return CaseTokens(keys)
    except ValueError:
        raise UserError(
            f"{KEY} is too short: set it to {KEY_LEAST} random characters or more, such as those that "
            "`openssl rand -hex 32` prints."
        ) from None


def case_links(settings: Settings, environment: Mapping[str, str]) -> CaseLinks | None:
    """The links to `VITALS_INTERACTIONS_ADDRESS`; None without a key, or without an address.

    Raises:
        UserError: when the address is not one of the web; and from `case_tokens`.
    """
    tokens, address = case_tokens(environment), settings.interactions_address
    if tokens is None or not address:
        return None
    if not address.startswith(("https://", "http://")):
        raise UserError("VITALS_INTERACTIONS_ADDRESS is not a web address: set it to one that begins with https://.")
    return CaseLinks(address, tokens)
