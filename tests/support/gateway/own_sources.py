"""Sources of our own kind with keys, and a request that they take."""

from __future__ import annotations

import json

OWN = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_A", "VITALS_SECRET_B"]

[sources.other]
kind = "vitals"
keys = ["VITALS_SECRET_C"]

[sources.hooks]
kind = "standard-webhooks"
secrets = ["VITALS_SECRET_HOOKS"]
"""
SECRETS = {
    "VITALS_SECRET_A": "k-a",
    "VITALS_SECRET_B": "k-b",
    "VITALS_SECRET_C": "k-c",
    "VITALS_SECRET_HOOKS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
KEY = {"Authorization": "Bearer k-a"}
LOGIN = {"topic": "analytics", "account_id": "acme", "event": "login", "id": "e1", "timestamp": 1_772_359_200}
HEAD = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k-a\r\nContent-Type: application/json\r\n"
BODY = json.dumps(LOGIN).encode()
