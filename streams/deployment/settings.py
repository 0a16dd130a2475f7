"""Settings of a deployment, read from the environment in one place: `Settings.from_environment`.

The scoring model is not a setting but a file of its own; `VITALS_MODEL` only names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.clock_kind import ClockKind
from streams.deployment.access import KafkaSecurity, RedisSecurity, check_brokers, check_variables, known_names
from streams.deployment.bounds import broker_addresses, whole_number
from streams.deployment.names import check_names, deployment_name, fingerprint_of_redis
from streams.deployment.secret import HIDDEN, read_secret, without_secrets
from streams.deployment.variables import check_own_variables, is_service_link
from streams.errors import UserError
from streams.topics import CHANGELOG

DAY_MS = 86_400_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides. Durations carry their unit; a port of 0 is any free port."""

    kafka: str = "127.0.0.1:9092"
    redis: str = "redis://127.0.0.1:6379/0"
    kafka_security: KafkaSecurity = KafkaSecurity()
    redis_security: RedisSecurity = RedisSecurity()
    group: str = "vitals"
    # Static membership of the consumer groups: a name that this process keeps over its restarts, and no other has.
    group_instance_id: str = ""
    topic_prefix: str = ""
    partitions: int = 4
    replication: int = 1
    min_insync: int = 1
    model: str = "default"
    # Models that run beside the live one, by name or path, with commas between.
    shadow_models: str = ""
    clock: ClockKind = "wall"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    flush_ms: int = 1_000
    # By the wall clock an account's changes of tier are not told for so long after its first event: its past may still
    # be coming in.
    settle_ms: int = 86_400_000
    merge_wait_ms: int = 2_000
    session_timeout_ms: int = 30_000
    data_dir: str = ""
    # 0 for a broker that has no idempotent producer, as the embedded one. A retried batch may then be doubled, which
    # state and read model bear, and notifications too, by their id.
    idempotent: int = 1
    slack_url: str = ""
    webhook_url: str = ""
    # How the two are reached: an HTTP proxy, the hosts that need none (with commas between), and a file or folder of
    # certificates to trust besides the public ones. Proxy variables without our prefix are not read.
    http_proxy: str = ""
    http_no_proxy: str = ""
    http_ca_location: str = ""
    # A notification that was judged as of an instant so long before it was made, as those of a streamed history, is
    # counted and not delivered. 0 is a day by the clock of events, and no bound by the wall clock.
    notify_max_age_ms: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `VITALS_*` from `environment`; a field `flush_ms` is `VITALS_FLUSH_MS`.

        Raises:
            UserError: when a value cannot be read; it names the variable and what it takes.
        """
        check_variables(environment)
        check_own_variables(environment, known_variables())
        values: dict[str, Any] = {
            "kafka_security": KafkaSecurity.from_environment(environment),
            "redis_security": RedisSecurity.from_environment(environment),
        }
        plain = cls()
        for field in cls.__struct_fields__:
            name, default = f"VITALS_{field.upper()}", getattr(plain, field)
            is_secret = field in SECRET_FIELDS
            text = read_secret(environment, name) if is_secret else environment.get(name, "")
            if text and field not in values and not is_service_link(name, text):
                values[field] = whole_number(field, text) if isinstance(default, int) else text
        if values.get("clock", "wall") not in get_args(ClockKind):
            raise UserError(f"VITALS_CLOCK is {values['clock']!r}: set it to 'wall' or 'event'.")
        if "kafka" in values:
            check_brokers(values["kafka"])
            values["kafka"] = broker_addresses(values["kafka"])
        settings = cls(**values)
        check_names(settings.topic_prefix, settings.group)
        return settings

    def environment(self) -> dict[str, str]:
        """What `from_environment` reads as this, secrets included: for the processes that we start."""
        own = {
            f"VITALS_{field.upper()}": str(getattr(self, field))
            for field in self.__struct_fields__
            if field not in ("kafka_security", "redis_security")
        }
        return {**own, **self.kafka_security.environment(), **self.redis_security.environment()}

    def __repr__(self) -> str:
        shown = {field: getattr(self, field) for field in self.__struct_fields__}
        shown.update({field: HIDDEN for field in SECRET_FIELDS if shown[field]}, redis=without_secrets(self.redis))
        return f"Settings({', '.join(f'{field}={value!r}' for field, value in shown.items())})"

    @property
    def deployment(self) -> str:
        """The name of the deployment, made of prefix and group: also the workers' consumer group, what Redis keys
        begin with, and the Faust app's id.
        """
        return deployment_name(self.topic_prefix, self.group)

    @property
    def projector_group(self) -> str:
        """The consumer group of the projectors that fill one read model: another Redis has another group, so that two
        read models of a deployment do not get half the accounts each.
        """
        return f"{self.deployment}-projector-{fingerprint_of_redis(self.redis)}"

    def notifier_group(self, sink: str) -> str:
        """The consumer group of the notifiers of `sink`: one that is down holds up no other sink."""
        return f"{self.deployment}-notifier-{sink}"

    @property
    def news_ms(self) -> int:
        """How old the instant of a notification may be when it is made, to be delivered; 0 for any age."""
        return self.notify_max_age_ms or (DAY_MS if self.clock == "event" else 0)

    @property
    def redis_prefix(self) -> str:
        """What every key in Redis begins with. The deployment stands in braces, Redis's hash tag: so a cluster keeps
        all its keys in one slot, and one script may use them together.
        """
        return f"vitals:{{{self.deployment}}}:"

    def topic(self, name: str) -> str:
        """The Kafka name of one of our topics: an input belongs to the prefix, any other to the deployment."""
        return self.topic_prefix + name if name in INPUT_TOPICS else f"{self.deployment}-{name}"

    @property
    def changelog_topic(self) -> str:
        """The Kafka name of the account table's changelog, as Faust makes it of the app's id and the table's name."""
        return self.topic(CHANGELOG)


SECRET_FIELDS = ("redis", "http_proxy", *(field for field in Settings.__struct_fields__ if field.endswith("_url")))
"""Addresses that are a password, or hold one: never shown, and each may be in the file that `..._FILE` names."""


def known_variables() -> list[str]:
    """The name of every variable that is a setting."""
    own = [f"VITALS_{field.upper()}" for field in Settings.__struct_fields__ if not field.endswith("_security")]
    secret = [f"VITALS_{field.upper()}_FILE" for field in SECRET_FIELDS]
    return [*own, *secret, *known_names(KafkaSecurity), *known_names(RedisSecurity)]
