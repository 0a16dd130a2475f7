"""Which version of Vitals runs: that of the distribution, `account-vitals`, as it is installed."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "account-vitals"
"""What package indexes call us; the command is `vitals`."""
UNKNOWN = "unknown (not installed)"
"""The version of sources that run without having been installed."""


def installed_version() -> str:
    """The version in the metadata of the installed distribution, `UNKNOWN` where there is none. Never raises."""
    try:
        return metadata.version(DISTRIBUTION) or UNKNOWN
    except (metadata.PackageNotFoundError, KeyError, OSError, UnicodeDecodeError):
        return UNKNOWN
