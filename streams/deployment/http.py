"""What the settings say about outgoing HTTP: the proxy, the certificates, and web addresses that can be used."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import httpx

from streams.deployment.settings import Settings
from streams.errors import UserError

SCHEMES = ("http", "https")


def proxy_for(settings: Settings, url: str) -> str | None:
    """The HTTP proxy for requests to `url`; None if there is none, or if it is bypassed for this host.

    Raises:
        UserError: when the proxy cannot be used. The text does not contain it.
    """
    proxy = _proxy(settings.http_proxy)
    return None if bypasses_proxy(httpx.URL(url).host, settings.http_no_proxy) else proxy


def bypasses_proxy(host: str, no_proxy: str) -> bool:
    """Whether `no_proxy` names `host`: host names separated by commas, each including its subdomains; "*" means all.

    >>> bypasses_proxy("hooks.corp.example", "localhost, corp.example"), bypasses_proxy("slack.com", "lack.com")
    (True, False)
    """
    names = [name.strip().strip(".[]").lower() for name in no_proxy.split(",")]
    return any(name == "*" or host.lower() == name or host.lower().endswith(f".{name}") for name in names if name)


def trusting_context(location: str) -> ssl.SSLContext:
    """A TLS context that trusts the public CAs, and those in the file or folder `location` unless it is "".

    Raises:
        UserError: when no certificate can be read there.
    """
    # `create_default_context` would read environment variables that are not ours.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if location:
        try:
            is_folder = Path(location).is_dir()
            context.load_verify_locations(
                cafile=None if is_folder else location, capath=location if is_folder else None
            )
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            why = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
            raise UserError(
                f"VITALS_HTTP_CA_LOCATION is {location!r}, which cannot be read "
                f"({why or 'no PEM certificates'}): set it to a file of PEM certificates, or a folder of them."
            ) from None
    return context


def _proxy(url: str) -> str | None:
    if not url:
        return None
    parsed = _parsed(url)
    if parsed.scheme.startswith("socks"):
        raise UserError("VITALS_HTTP_PROXY is a SOCKS proxy, which is not supported: name an http:// or https:// one.")
    if parsed.scheme not in SCHEMES or not parsed.host:
        raise UserError("VITALS_HTTP_PROXY is not a proxy URL: set it to a URL such as http://proxy.example:3128.")
    return url


def check_url(variable: str, url: str) -> None:
    """Check that `url`, the value of `variable`, is a web address.

    Raises:
        UserError: when it is not. The text does not contain it.
    """
    parsed = _parsed(url)
    if parsed.scheme not in SCHEMES or not parsed.host:
        raise UserError(f"{variable} is not a web address: set it to the whole URL, starting with https://.")


def _parsed(url: str) -> httpx.URL:
    """`url` parsed; an empty URL if it is not valid, which includes a port beyond 65535."""
    try:
        parsed = httpx.URL(url)
    # A host that IDNA cannot encode is a UnicodeError.
    except (httpx.InvalidURL, UnicodeError):
        return httpx.URL()
    return parsed if parsed.port is None or 0 < parsed.port < 65_536 else httpx.URL()
