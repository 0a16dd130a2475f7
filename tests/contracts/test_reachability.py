"""What `streams/kafka/reachability.py` leans on in aiokafka beyond its documented interface."""

from __future__ import annotations

import inspect

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, OAuthAuthenticator, collect_hosts
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from streams.deployment.settings import Settings
from streams.kafka.clients import connection


def source(function: object) -> str:
    return inspect.getsource(function)  # type: ignore[arg-type]


def test_a_connection_takes_what_clients_are_given() -> None:
    taken = set(inspect.signature(AIOKafkaConnection.__init__).parameters)
    assert set(connection(Settings(), "test")) - taken == {"bootstrap_servers"}
    assert "create_conn(" in source(AIOKafkaClient.bootstrap)


def test_connecting_asks_for_versions_and_then_signs_in() -> None:
    text = source(AIOKafkaConnection.connect)
    assert text.index("_do_version_lookup") < text.index("_do_sasl_handshake")
    assert "self._reader, self._writer, self._protocol = reader, writer, protocol" in text
    assert "return self._closed_fut" in source(AIOKafkaConnection.close)


def test_why_a_client_could_not_connect_is_only_logged() -> None:
    text = source(AIOKafkaClient.bootstrap)
    assert "except (OSError, KafkaError, asyncio.TimeoutError) as err:" in text
    assert 'raise KafkaConnectionError(f"Unable to bootstrap from {self.hosts}")' in text


def test_a_token_that_was_refused_is_taken_for_accepted() -> None:
    """Why an answer without brokers is looked for: the broker's refusal is a payload that is not looked at."""
    assert "if self._token_sent:\n            return None" in source(OAuthAuthenticator.step)


def test_the_requests_are_made_as_we_make_them() -> None:
    MetadataRequest([])
    SaslHandShakeRequest("none")
    assert sorted(collect_hosts("a:1,[::1]:2", randomize=False))[0][:2] == ("::1", 2)
    assert "_send_to_controller" in dir(AIOKafkaAdminClient)
