"""The version of Vitals that runs: that of the installed distribution, `account-vitals`."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "account-vitals"
"""Our name in package indexes; the command is `vitals`."""
UNKNOWN = "unknown (not installed)"
"""The version of sources that run without being installed."""


def installed_version() -> str:
    """The version in the metadata of the installed distribution; `UNKNOWN` if there is none. Never raises."""
    try:
        return metadata.version(DISTRIBUTION) or UNKNOWN
    except (metadata.PackageNotFoundError, KeyError, OSError, UnicodeDecodeError):
        return UNKNOWN
