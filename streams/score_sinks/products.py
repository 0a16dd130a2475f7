"""How each product takes a score: address, headers and body. Pure: values in, a request out."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from alerts.lifecycle.schema import ScoreSink
from streams.score_sinks.value import ScoreValue

ACCOUNT = "{account_id}"
_PATHS = {
    "segment": "/v1/group",
    "posthog": "/i/v0/e/",
    "hubspot": "/crm/v3/objects/companies/{account_id}?idProperty={key}",
    "salesforce": "/services/data/v61.0/sobjects/Account/{key}/{account_id}?updateOnly=true",
    "generic": "",
}
_KEYS = {"posthog": "company", "hubspot": "vitals_account_id", "salesforce": "Vitals_Account_Id__c"}
_NAMES = {"score": "health_score", "tier": "health_tier", "driver": "health_driver"}
_SALESFORCE_NAMES = {"score": "Health_Score__c", "tier": "Health_Tier__c", "driver": "Health_Driver__c"}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `url` and `headers` may contain secrets."""

    method: Literal["POST", "PATCH"]
    url: str
    headers: dict[str, str]
    body: bytes


class Product:
    """Makes the requests of one score sink. Immutable."""

    def __init__(self, sink: ScoreSink, url: str, token: str = "") -> None:
        """`url` is the product's address; one without a path gets the path of the product's API. `{account_id}` in it
        is replaced. `token` is Segment's write key, PostHog's project key, else a bearer token.

        Raises:
            ValueError: when the body of a generic sink is not JSON.
        """
        self._template = sink.template
        self._key = sink.key or _KEYS.get(sink.template, "")
        self._names: dict[str, str] = dict(_SALESFORCE_NAMES if sink.template == "salesforce" else _NAMES)
        self._names |= {str(name): there for name, there in sink.names.items()}
        self._url = url if urlsplit(url).path.strip("/") else url.rstrip("/") + _PATHS[sink.template]
        self._token = token
        self._parts = _parts(sink.body) if sink.template == "generic" else []
        if self._parts:
            json.loads(_filled(self._parts, {"account_id": "a", "score": 0.0, "tier": "t", "driver": "d"}))

    def request(self, value: ScoreValue) -> Request:
        """The request that writes `value`. Repeating it changes nothing more."""
        return Request(
            method="PATCH" if self._template in ("hubspot", "salesforce") else "POST",
            url=self._url.replace("{key}", quote(self._key, safe="")).replace(
                ACCOUNT, quote(value.account_id, safe="")
            ),
            headers=self._headers(),
            body=self._body(value),
        )

    def _headers(self) -> dict[str, str]:
        if not self._token or self._template == "posthog":
            return {}
        if self._template == "segment":
            return {"Authorization": "Basic " + base64.b64encode(f"{self._token}:".encode()).decode()}
        return {"Authorization": f"Bearer {self._token}"}

    def _body(self, value: ScoreValue) -> bytes:
        properties = {
            self._names["score"]: value.score,
            self._names["tier"]: value.tier,
            self._names["driver"]: value.driver,
        }
        match self._template:
            case "segment":
                return msgspec.json.encode(
                    {
                        "groupId": value.account_id,
                        "anonymousId": f"vitals-{value.account_id}",
                        "traits": properties,
                        "timestamp": value.as_of,
                        "messageId": f"vitals-{value.id}",
                    }
                )
            case "posthog":
                return msgspec.json.encode(
                    {
                        "api_key": self._token,
                        "event": "$groupidentify",
                        "distinct_id": f"vitals-{value.account_id}",
                        "timestamp": value.as_of,
                        "properties": {
                            "$group_type": self._key,
                            "$group_key": value.account_id,
                            "$group_set": properties,
                            # Else each account would become a person in PostHog, and be billed as one.
                            "$process_person_profile": False,
                            "$insert_id": value.id,
                        },
                    }
                )
            case "hubspot":
                # HubSpot clears a property that is set to the empty text, and knows no null here.
                return msgspec.json.encode({"properties": {k: "" if v is None else v for k, v in properties.items()}})
            case "salesforce":
                return msgspec.json.encode(properties)
            case "generic":
                values = {each: getattr(value, each) for each in ("account_id", "score", "tier", "driver")}
                return _filled(self._parts, values).encode()


_Part = tuple[str, str, bool]
"""A literal text, the name of the place after it ("" at the end), and whether that stands within a JSON string."""


def _parts(body: str) -> list[_Part]:
    """`body` cut at its places."""
    parts: list[_Part] = []
    literal, is_in_string, position = "", False, 0
    places = ("account_id", "score", "tier", "driver")
    while position < len(body):
        name = next((each for each in places if body.startswith(f"{{{each}}}", position)), "")
        if name:
            parts.append((literal, name, is_in_string))
            literal, position = "", position + len(name) + 2
            continue
        if is_in_string and body[position] == "\\":
            literal += body[position : position + 2]
            position += 2
            continue
        if body[position] == '"':
            is_in_string = not is_in_string
        literal += body[position]
        position += 1
    return [*parts, (literal, "", False)]


def _filled(parts: list[_Part], values: Mapping[str, str | float | None]) -> str:
    """The body with its values: a JSON value where a place stands by itself, escaped text within a string."""
    filled = ""
    for literal, name, is_in_string in parts:
        filled += literal
        if name:
            value = values[name]
            if is_in_string:
                filled += json.dumps("" if value is None else str(value))[1:-1]
            else:
                filled += json.dumps(value)
    return filled
