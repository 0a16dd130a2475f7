"""The settings of a deployment, read from the environment in one place: `Settings.from_environment`.

The scoring model is not a setting but a file; `VITALS_MODEL` only names it.
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
    """The settings of one deployment. Durations carry their unit in the name; port 0 means any free port."""

    kafka: str = "127.0.0.1:9092"
    redis: str = "redis://127.0.0.1:6379/0"
    kafka_security: KafkaSecurity = KafkaSecurity()
    redis_security: RedisSecurity = RedisSecurity()
    group: str = "vitals"
    # Static membership in the consumer groups: a name that this process keeps over restarts and no other process has.
    group_instance_id: str = ""
    topic_prefix: str = ""
    partitions: int = 4
    replication: int = 1
    min_insync: int = 1
    model: str = "default"
    # Models that run beside the live one, by name or path, separated by commas.
    shadow_models: str = ""
    # The rules for alerts: shipped ones by name, or the path of a file.
    alerts: str = "default"
    clock: ClockKind = "wall"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    flush_ms: int = 1_000
    # While a worker catches up and its flushes are long, the next one may wait this long after the last has ended.
    catch_up_flush_ms: int = 5_000
    # By the wall clock, an account's tier changes are not notified for this long after its first event: older events
    # may still be arriving.
    settle_ms: int = 86_400_000
    merge_wait_ms: int = 2_000
    session_timeout_ms: int = 30_000
    data_dir: str = ""
    # 0 for a broker without idempotent producers, such as the embedded one. A retried batch may then be written twice.
    # State and read model tolerate that, and notifications are deduplicated by id.
    idempotent: int = 1
    slack_url: str = ""
    webhook_url: str = ""
    # Where `vitals interactions` listens, for buttons and links, and the https:// address at which people reach it.
    interactions_host: str = "127.0.0.1"
    interactions_port: int = 8484
    interactions_address: str = ""
    # The sources of `vitals gateway`: a file, or "local" for events without a key, on loopback only; where it listens.
    gateway: str = ""
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8480
    # Who may use `vitals dashboard`, and how: a file, or "local" for everybody on this machine; where it listens.
    dashboard: str = ""
    dashboard_host: str = "127.0.0.1"
    dashboard_port: int = 8490
    # An event whose account is not known waits this long for an alias, and is then a dead letter.
    unattributed_max_ms: int = 35 * DAY_MS
    # How to reach both URLs: an HTTP proxy, the hosts that need none (separated by commas), and a file or folder of
    # certificates to trust in addition to the public ones. Proxy variables without our prefix are not read.
    http_proxy: str = ""
    http_no_proxy: str = ""
    http_ca_location: str = ""
    # A notification whose instant of judgement was this long before it was made, as in a streamed history, is counted
    # and not delivered. 0 means one day by the event clock, and no limit by the wall clock.
    notify_max_age_ms: int = 0
    # How often the notifier sends a canary through the whole path of an alert; 0 for never.
    canary_seconds: int = 300

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `VITALS_*` from `environment`: the field `flush_ms` is `VITALS_FLUSH_MS`.

        Raises:
            UserError: when a value is not valid; the text names the variable and the allowed values.
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
        """The variables that `from_environment` reads as this value, secrets included: for child processes."""
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
        """The name of the deployment, made from prefix and group. It is also the workers' consumer group, the prefix of
        Redis keys, and the id of the Faust app.
        """
        return deployment_name(self.topic_prefix, self.group)

    @property
    def projector_group(self) -> str:
        """The consumer group of the projectors of one read model. Another Redis means another group; otherwise two read
        models of one deployment would get half the accounts each.
        """
        return f"{self.deployment}-projector-{fingerprint_of_redis(self.redis)}"

    @property
    def attribution_group(self) -> str:
        """The consumer group of the processes that wait for the accounts of events."""
        return f"{self.deployment}-attribution"

    def gateway_group(self, source: str) -> str:
        """The consumer group of the gateways that read the topic of `source`."""
        return f"{self.deployment}-gateway-{source}"

    @property
    def guard_group(self) -> str:
        """The consumer group of the guard, and the id of its Faust app."""
        return f"{self.deployment}-guard"

    def notifier_group(self, lane: str) -> str:
        """The consumer group of the notifiers of `lane`, a route and a sink with a dash between them. Each lane has its
        own, so one whose sink is down blocks no other."""
        return f"{self.deployment}-notifier-{lane}"

    def write_back_group(self, sink: str) -> str:
        """The consumer group of the processes that write scores to `sink`. Each sink has its own."""
        return f"{self.deployment}-write-back-{sink}"

    @property
    def max_notification_age_ms(self) -> int:
        """The greatest age, in ms, of a notification's instant when it is made, for it to be delivered; 0 for any."""
        return self.notify_max_age_ms or (DAY_MS if self.clock == "event" else 0)

    @property
    def redis_prefix(self) -> str:
        """The prefix of every key in Redis. The deployment stands in braces, Redis's hash tag: a cluster then keeps all
        its keys in one slot, and one script may use several of them.
        """
        return f"vitals:{{{self.deployment}}}:"

    def topic(self, name: str) -> str:
        """The Kafka name of one of our topics. Input topics get the prefix only, all others the deployment's name."""
        return self.topic_prefix + name if name in INPUT_TOPICS else f"{self.deployment}-{name}"

    @property
    def changelog_topic(self) -> str:
        """The Kafka name of the account table's changelog. Faust makes it from the app's id and the table's name."""
        return self.topic(CHANGELOG)


SECRET_FIELDS = ("redis", "http_proxy", *(field for field in Settings.__struct_fields__ if field.endswith("_url")))
"""Addresses that are, or contain, a password: never shown, and each can be read from the file in `..._FILE`."""


def known_variables() -> list[str]:
    """The names of all variables that are settings."""
    own = [f"VITALS_{field.upper()}" for field in Settings.__struct_fields__ if not field.endswith("_security")]
    secret = [f"VITALS_{field.upper()}_FILE" for field in SECRET_FIELDS]
    return [*own, *secret, *known_names(KafkaSecurity), *known_names(RedisSecurity)]
