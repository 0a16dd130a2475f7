"""`gateway.toml`: what it may say, and errors that name the line, the key and the fix."""

from __future__ import annotations

import pytest

from streams.gateway.sources.loader import SourcesError, load_sources
from streams.gateway.sources.schema import StripeSource, VitalsSource

GENERIC = '[sources.a]\nkind = "generic"\nkeys = ["VITALS_SECRET_A"]\n'


def test_a_file_of_several_sources() -> None:
    own, pay = 'kind = "vitals"\nkeys = ["VITALS_SECRET_A"]', 'kind = "stripe"\nsecrets = ["VITALS_SECRET_B"]'
    assert load_sources(f"[sources.own]\n{own}\n\n[sources.pay]\n{pay}\n") == {
        "own": VitalsSource(keys=("VITALS_SECRET_A",)),
        "pay": StripeSource(secrets=("VITALS_SECRET_B",)),
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "sources: no source is given; write a table"),
        ("x", "not TOML: .*fix the text there"),
        ("[source]\n", "line 1: source: .*did you mean 'sources'"),
        ('[sources."A b"]\nkind = "vitals"\n', "sources.A b: a source's name is part of its URL; write a-z"),
        ('[sources.a]\nkind = "vitls"\n', "line 2: sources.a.kind: .*did you mean 'vitals'"),
        (
            '[sources.a]\nkind = "vitals"\nkey = ["VITALS_SECRET_A"]\n',
            "line 3: sources.a.key: no such key; did you mean",
        ),
        (
            '[sources.a]\nkind = "vitals"\n',
            "line 1: sources.a: nothing verifies this source; name `keys`.*insecure = true",
        ),
        ('[sources.a]\nkind = "stripe"\n', "line 1: sources.a: nothing verifies this source; name `secrets`"),
        (
            '[sources.a]\nkind = "vitals"\nkeys = ["k-a"]\n',
            "line 3: sources.a.keys: .*VITALS_SECRET_, and write that name",
        ),
        (
            '[sources.a]\nkind = "vitals"\ninsecure = true\nkeys = ["VITALS_SECRET_A"]\n',
            "line 3: sources.a.insecure: .*leave one of the two out",
        ),
        (
            '[sources.a]\nkind = "vitals"\nsecrets = ["VITALS_SECRET_A"]\n',
            "line 3: sources.a.secrets: requests of the kind 'vitals' are not signed; name a key",
        ),
        (
            '[sources.a]\nkind = "vitals"\ninsecure = true\ntolerance = "5 minutes"\n',
            "line 4: sources.a.tolerance: .*write a whole number and a unit",
        ),
        (
            '[sources.a]\nkind = "vitals"\ninsecure = true\ntopics = { paid = "biling" }\n',
            "sources.a.topics.paid: 'biling' is no input topic; did you mean 'billing'",
        ),
        (
            '[sources.a]\nkind = "hubspot"\nsecrets = ["VITALS_SECRET_A"]\naddress = "vitals.example.com"\n',
            "line 4: sources.a.address: 'vitals.example.com' is no URL; write it as HubSpot calls it",
        ),
        (
            '[sources.a]\nkind = "vitals"\ninsecure = true\naccount = [{ pointer = "org" }]\n',
            "sources.a.account.*'org' is not a JSON pointer: it begins with a slash",
        ),
        (GENERIC, "line 1: sources.a: `map` is missing; add it"),
        (GENERIC + 'map = { id = "/id" }\n', "sources.a.map: nothing says what an event is called"),
        (GENERIC + 'map = { event = "/e", id = "/i" }\n', "sources.a.account: nothing says whose an event is"),
        (
            GENERIC + 'account = [{ pointer = "/a" }]\nmap = { event = "/e", time = "t" }\n',
            "sources.a.map.time: 't' is not a JSON pointer",
        ),
        (
            GENERIC + 'scheme = "md5"\naccount = [{ pointer = "/a" }]\nmap = { event = "/e" }\n',
            "line 4: sources.a.scheme: no scheme is called 'md5'",
        ),
        (
            GENERIC + 'scheme = "hmac-sha256"\naccount = [{ pointer = "/a" }]\nmap = { event = "/e" }\n',
            "sources.a.header: .*add it",
        ),
        (
            GENERIC + 'header = "X Signature:"\naccount = [{ pointer = "/a" }]\nmap = { event = "/e" }\n',
            "line 4: sources.a.header: no header can be called that; write its name alone",
        ),
    ],
)
def test_an_error_names_the_line_the_key_and_the_fix(text: str, error: str) -> None:
    with pytest.raises(SourcesError, match=error):
        load_sources(text)


@pytest.mark.parametrize("secret", ["correct-horse-battery-staple", "hunter2", "sk_live_4eC39HqLyjWDarjtT1"])
@pytest.mark.parametrize("key", ['keys = ["{}"]', 'secrets = ["{}"]', 'keys = ["VITALS_SECRET_A"]\napi_key = "{}"'])
def test_a_secret_in_the_place_of_its_name_is_not_repeated(secret: str, key: str) -> None:
    with pytest.raises(SourcesError, match="what is given is not the name of a secret") as caught:
        load_sources(f'[sources.a]\nkind = "stripe"\n{key.format(secret)}\n')
    assert secret[:5] not in str(caught.value)


@pytest.mark.parametrize("kind", ["a\\u0000b", "with space", "x" * 61, "é", "."])
def test_a_kind_of_ids_that_no_key_could_hold_is_refused(kind: str) -> None:
    source = '[sources.a]\nkind = "vitals"\ninsecure = true\n'
    for line in (f'ids = "{kind}"', f'account = [{{ pointer = "/org", kind = "{kind}" }}]'):
        with pytest.raises(SourcesError, match=r"line 4: sources.a.(ids|account).*cannot be part of a kind"):
            load_sources(source + line)
