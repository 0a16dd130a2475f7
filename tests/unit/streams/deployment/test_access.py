"""How a deployment signs in: what is read, what goes together, and what is told where it does not."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from streams.deployment.access import KafkaSecurity, RedisSecurity, known_names
from streams.deployment.secret import Secret
from streams.deployment.settings import SECRET_FIELDS, Settings
from streams.errors import UserError

K, R = "VITALS_KAFKA_", "VITALS_REDIS_"
SCRAM = {
    f"{K}SECURITY_PROTOCOL": "SASL_SSL",
    f"{K}SASL_MECHANISM": "SCRAM-SHA-512",
    f"{K}SASL_USERNAME": "ops",
    f"{K}SASL_PASSWORD": "hunter2",
}
TOKEN = {
    f"{K}SECURITY_PROTOCOL": "SASL_SSL",
    f"{K}SASL_MECHANISM": "OAUTHBEARER",
    f"{K}SASL_OAUTHBEARER_TOKEN_COMMAND": "token --for kafka",
}
MUTUAL = {
    f"{K}SECURITY_PROTOCOL": "SSL",
    f"{K}SSL_CERTIFICATE_LOCATION": "/me.pem",
    f"{K}SSL_KEY_LOCATION": "/me.key",
    f"{K}SSL_KEY_PASSWORD": "hunter3",
}


def read(environment: Mapping[str, str]) -> Settings:
    return Settings.from_environment(environment)


@pytest.mark.parametrize("environment", [SCRAM, TOKEN, MUTUAL, {f"{K}SECURITY_PROTOCOL": "SSL"}, {}])
def test_what_goes_together_is_read_and_handed_on_to_children_as_it_is(environment: Mapping[str, str]) -> None:
    settings = read(environment)
    assert read(settings.environment()) == settings
    handed_on = settings.environment()
    assert {name: handed_on[name] for name in environment} == dict(environment)


def test_words_of_kafka_are_taken_in_any_case() -> None:
    security = read(
        {**SCRAM, f"{K}SECURITY_PROTOCOL": "sasl_ssl", f"{K}SASL_MECHANISM": "scram-sha-512"}
    ).kafka_security
    assert (security.security_protocol, security.sasl_mechanism) == ("SASL_SSL", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    ("environment", "change", "words"),
    [
        ({}, {"SECURITY_PROTOCOL": "TLS"}, "SECURITY_PROTOCOL is 'TLS': set it to PLAINTEXT, SSL, SASL_PLAINTEXT or"),
        ({}, {"SASL_MECHANISM": "PLAIN"}, "set VITALS_KAFKA_SECURITY_PROTOCOL to SASL_SSL"),
        ({}, {"SASL_USERNAME": "ops"}, "set VITALS_KAFKA_SECURITY_PROTOCOL to SASL_SSL"),
        ({}, {"SASL_PASSWORD": "hunter2"}, "set VITALS_KAFKA_SECURITY_PROTOCOL to SASL_SSL"),
        ({}, {"SSL_CA_LOCATION": "/ca.pem"}, "set VITALS_KAFKA_SECURITY_PROTOCOL to SSL"),
        (SCRAM, {"SECURITY_PROTOCOL": ""}, "SASL_MECHANISM is set.*PLAINTEXT.*to SASL_SSL, or unset"),
        (SCRAM, {"SECURITY_PROTOCOL": "SSL"}, "SASL_MECHANISM is set.*is SSL.*to SASL_SSL"),
        (SCRAM, {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SSL_CA_LOCATION": "/ca.pem"}, "to SASL_SSL, or unset .*CA"),
        (
            SCRAM,
            {"SASL_MECHANISM": ""},
            "SASL_SSL without a mechanism: set .*SASL_MECHANISM to PLAIN, SCRAM",
        ),
        (SCRAM, {"SASL_MECHANISM": "GSSAPI"}, "SASL_MECHANISM is 'GSSAPI': set it to PLAIN"),
        (SCRAM, {"SASL_MECHANISM": "SCRAM-SHA-1"}, "SASL_MECHANISM is 'SCRAM-SHA-1': set it to"),
        (SCRAM, {"SASL_USERNAME": ""}, "without VITALS_KAFKA_SASL_USERNAME: set"),
        (SCRAM, {"SASL_PASSWORD": ""}, "without VITALS_KAFKA_SASL_PASSWORD: set"),
        (SCRAM, {"SASL_OAUTHBEARER_TOKEN_COMMAND": "x"}, "TOKEN_COMMAND is set, but .*SCRAM-SHA-512.*unset one"),
        (TOKEN, {"SASL_OAUTHBEARER_TOKEN_COMMAND": ""}, "OAUTHBEARER without .*TOKEN_COMMAND: set"),
        (TOKEN, {"SASL_USERNAME": "ops"}, "SASL_USERNAME is set, but .*OAUTHBEARER.*unset one"),
        (TOKEN, {"SASL_PASSWORD": "hunter2"}, "SASL_PASSWORD is set, but .*OAUTHBEARER.*unset one"),
        (
            MUTUAL,
            {"SSL_KEY_LOCATION": "", "SSL_KEY_PASSWORD": ""},
            "without its key: set VITALS_KAFKA_SSL_KEY_LOCATION",
        ),
        (MUTUAL, {"SSL_CERTIFICATE_LOCATION": ""}, "without its certificate: set"),
        (MUTUAL, {"SSL_KEY_LOCATION": "", "SSL_CERTIFICATE_LOCATION": ""}, "SSL_KEY_PASSWORD is set without a key"),
        (MUTUAL, {"SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "no"}, "set it to https or none"),
        (SCRAM, {"SASL_PASSWORD_FILE": "/x"}, "SASL_PASSWORD and VITALS_KAFKA_SASL_PASSWORD_FILE are both set"),
    ],
)
def test_what_cannot_work_is_one_line_that_ends_with_the_mend(
    environment: Mapping[str, str], change: Mapping[str, str], words: str
) -> None:
    changed = {**environment, **{f"{K}{name}": value for name, value in change.items()}}
    with pytest.raises(UserError, match=words) as wrong:
        read(changed)
    text = str(wrong.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert "hunter" not in text


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({f"{R}USERNAME": "ops"}, "without a password: set VITALS_REDIS_PASSWORD"),
        ({f"{R}SENTINEL_USERNAME": "ops"}, "set VITALS_REDIS_SENTINEL_PASSWORD"),
        ({f"{R}SSL_CERTIFICATE_LOCATION": "/me.pem"}, "without its key: set VITALS_REDIS_SSL_KEY_LOCATION"),
        ({f"{R}SSL_KEY_LOCATION": "/me.key"}, "without its certificate"),
        ({f"{R}SSL_KEY_PASSWORD": "hunter2"}, "SSL_KEY_PASSWORD is set without a key"),
        ({f"{R}SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "off"}, "set it to https or none"),
    ],
)
def test_what_cannot_work_with_redis_is_told_alike(environment: Mapping[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(environment)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (f"{K}SASL_PASWORD", f"{K}SASL_PASSWORD"),
        (f"{K}SASL_MECHANISMS", f"{K}SASL_MECHANISM"),
        (f"{K}SSL_CAFILE", f"{K}SSL_CA_LOCATION"),
        (f"{K}SSL_CA_LOCATIONS", f"{K}SSL_CA_LOCATION"),
        (f"{K}SECURITY_PROTOKOL", f"{K}SECURITY_PROTOCOL"),
        (f"{K}SASL_PLAIN_PASSWORD", f"{K}SASL_PASSWORD"),
        (f"{K}SASL_PASSWORD_FIEL", f"{K}SASL_PASSWORD_FILE"),
        (f"{K}BOOTSTRAP_SERVERS", "VITALS_KAFKA"),
        (f"{R}URL", "VITALS_REDIS"),
        (f"{R}PASWORD", f"{R}PASSWORD"),
        (f"{R}SSL_CAFILE", f"{R}SSL_CA_LOCATION"),
    ],
)
def test_a_name_that_is_none_of_ours_is_an_error_that_says_which_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"^{name} is not a setting of Vitals: set {meant} instead\\.$"):
        read({name: "hunter2"})


@pytest.mark.parametrize(
    ("brokers", "words"),
    [
        ("ops:hunter2@kafka:9093", "contains an @: .* VITALS_KAFKA_SASL_USERNAME"),
        ("kafka-1:9092,ops:hunter2@kafka-2:9093", "contains an @"),
        ("kafka://kafka:9092", "remove kafka://, and set it to host:port"),
        ("https://kafka:9092", "remove https://"),
    ],
)
def test_brokers_are_hosts_and_ports_and_no_password_is_written_into_them(brokers: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as wrong:
        read({"VITALS_KAFKA": brokers})
    assert "hunter2" not in str(wrong.value)


def test_a_name_like_no_other_is_an_error_too() -> None:
    with pytest.raises(UserError, match=r"VITALS_KAFKA_XYZZY is not a setting of Vitals: unset it; docs/security\.md"):
        read({f"{K}XYZZY": "1"})


def test_what_kubernetes_sets_for_a_service_of_our_name_is_passed_over() -> None:
    links = {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "9092",
        "SERVICE_PORT_BROKER": "9092",
        "PORT": "tcp://10.0.0.1:9092",
        "PORT_9092_TCP": "tcp://10.0.0.1:9092",
        "PORT_9092_TCP_ADDR": "10.0.0.1",
    }
    assert read({f"{prefix}{name}": value for prefix in (K, R) for name, value in links.items()}) == Settings()


SECRETS = [
    *(
        name
        for fields in (KafkaSecurity, RedisSecurity)
        for name in known_names(fields)
        if f"{name}_FILE" in known_names(fields)
    ),
    *(f"VITALS_{field.upper()}" for field in SECRET_FIELDS),
]
NEEDED = {
    f"{K}SASL_PASSWORD": SCRAM,
    f"{K}SSL_KEY_PASSWORD": MUTUAL,
    f"{R}SSL_KEY_PASSWORD": {f"{R}SSL_CERTIFICATE_LOCATION": "/me.pem", f"{R}SSL_KEY_LOCATION": "/me.key"},
}


def test_these_are_the_secrets() -> None:
    of_kafka, of_redis = ("SASL_PASSWORD", "SSL_KEY_PASSWORD"), ("PASSWORD", "SENTINEL_PASSWORD", "SSL_KEY_PASSWORD")
    urls = {"VITALS_REDIS", "VITALS_SLACK_URL", "VITALS_WEBHOOK_URL", "VITALS_HTTP_PROXY"}
    assert set(SECRETS) == {*(K + each for each in of_kafka), *(R + each for each in of_redis), *urls}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_each_secret_may_be_in_a_file_and_shows_nowhere(name: str, end: str, tmp_path: Path) -> None:
    secret = "redis://ops:hunter2/#hunter2@host/0?password=hunter2"
    file = tmp_path / "secret"
    file.write_bytes(f"{secret}{end}".encode())
    others = {key: value for key, value in NEEDED.get(name, {}).items() if key != name}
    settings = read({**others, f"{name}_FILE": str(file)})
    assert settings == read({**others, name: secret}) == read({**others, name: f"{secret}{end}"})
    assert settings.environment()[name] == secret
    assert "hunter2" not in f"{settings} {settings!r} {settings.kafka_security} {settings.redis_security!r}"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secrets_file_that_cannot_be_used_is_one_line(name: str, tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_bytes(b"\n")
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in (
        (tmp_path / "nothing", r"cannot be read \(No such file or directory\): name a readable file"),
        (tmp_path, r"cannot be read \(Is a directory\)"),
        (empty, "is empty: name the file that holds the secret"),
        (binary, "not UTF-8 text"),
    ):
        with pytest.raises(UserError, match=f"^{name}_FILE names '{path}', which .*{words}"):
            read({f"{name}_FILE": str(path)})


def test_a_secret_is_shown_by_nothing_but_reveal() -> None:
    secret = Secret("hunter2")
    assert {str(secret), repr(secret), f"{secret}", f"{secret:>4}", "%s" % secret} == {"****"}  # noqa: UP031
    assert secret.reveal() == "hunter2"
    for leak in (msgspec.json.encode, pickle.dumps, copy.copy):
        with pytest.raises(TypeError) as refused:
            leak(secret)
        assert "hunter2" not in str(refused.value)
