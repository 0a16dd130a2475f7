"""What the worker relies on in Faust, mode and aiokafka beyond their documented interface.

Each test names one thing that `faust_consumer`, `faust_thread` or `faust_app` in `streams/worker` relies on. When an
upgrade breaks one, read these beside the new source before changing the pin.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.app.base import App
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.alert_files import read_plan_and_policy
from streams.deployment.access import KafkaSecurity
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.operations.metrics import WorkerMetrics
from streams.worker import faust_app, faust_consumer, faust_thread
from streams.worker.faust_app import WorkerApp, new_app
from streams.worker.faust_consumer import BatchConsumer, BatchTableManager, NoRecovery
from streams.worker.faust_thread import ConsumerThread
from tests.session_ports import CountingWriter


class Coordinator:
    """A coordinator that knows its generation, and has nothing to stop."""

    generation = 7

    async def close(self) -> None: ...


PINS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1"}


@pytest.mark.parametrize("package", PINS)
def test_the_pinned_version_is_the_one_that_the_worker_was_written_against(package: str) -> None:
    assert version(package) == PINS[package]


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def source(function: object) -> str:
    # `Service.task` wraps a method in a value that holds it.
    return inspect.getsource(getattr(function, "fun", function))  # type: ignore[arg-type]


def an_app(settings: Settings) -> WorkerApp:
    async def tell_nobody(partition: int, value: bytes, at_ms: int) -> None: ...

    plan, policy = read_plan_and_policy("default", "", "default")
    return new_app(settings, plan, policy, CountingWriter(), WorkerMetrics(), tell_nobody)


PRIVATE_OF_OTHERS = {
    "_consumer",
    "_coordinator",
    "_fetch_records",  # of our own base class, by `super`
    "_fetcher",
    "_prefetch_backoff",
    "_stopped",
    "_subscription",
    "_thread",
}


@pytest.mark.parametrize("prefix", ["", "prod.", "prod-"])
async def test_faust_makes_of_the_deployments_name_the_group_and_the_changelogs_name_as_we_do(prefix: str) -> None:
    settings = Settings(topic_prefix=prefix, group="team-2")
    app = an_app(settings)
    assert app.conf.id == settings.deployment
    assert app.tables["accounts"].changelog_topic.get_topic_name() == settings.changelog_topic


def test_the_fetcher_service_runs_the_loop_that_we_replace() -> None:
    assert parameters(Consumer._drain_messages) == ["self", "fetcher"]
    assert "_drain_messages" in source(inspect.getmodule(Consumer))


def test_the_loop_can_fetch_a_batch_from_chosen_partitions() -> None:
    assert parameters(ThreadDelegateConsumer._getmany) == ["self", "active_partitions", "timeout"]
    assert parameters(Consumer._get_active_partitions) == ["self"]
    assert "if not self.consumer.flow_active" in source(driver.AIOKafkaConsumerThread._fetch_records)


def test_the_flow_is_a_flag_and_an_event() -> None:
    assert "self.flow_active = False" in source(Consumer.stop_flow)
    assert "self.can_resume_flow.set()" in source(Consumer.resume_flow)


def test_a_commit_by_timer_before_a_revocation_and_at_the_end_goes_through_the_method_that_we_replace() -> None:
    assert parameters(Consumer.commit) == parameters(BatchConsumer.commit)
    assert "self.commit()" in source(Consumer._commit_handler)
    assert "self.commit(start_new_transaction=False)" in source(Consumer.commit_and_end_transactions)
    assert "commit_and_end_transactions" in source(Consumer.wait_empty)
    assert "_consumer_wait_empty" in source(App._on_partitions_revoked)
    assert "wait_empty" in source(Consumer.on_stop)


async def test_only_the_flush_on_the_timer_may_wait() -> None:
    asked: list[bool] = []

    async def flush(*, may_wait: bool) -> None:
        asked.append(may_wait)

    consumer = BatchConsumer.__new__(BatchConsumer)
    consumer._session = cast(Any, SimpleNamespace(flush=flush))
    consumer.app = SimpleNamespace(dead_cycles=SimpleNamespace(tend=lambda: None))
    await consumer.commit()
    await consumer.commit_and_end_transactions()
    assert asked == [True, False]


def test_a_commit_that_came_too_late_answers_false() -> None:
    assert parameters(driver.AIOKafkaConsumerThread.commit) == ["self", "offsets"]
    text = source(driver.AIOKafkaConsumerThread._commit)
    assert '"already rebalanced" in str(exc)' in text
    assert "return False" in text


def test_recovery_asks_whether_there_is_anything_to_recover_and_awaits_a_signal_before_the_seek() -> None:
    assert parameters(Recovery.need_recovery) == parameters(NoRecovery.need_recovery)
    assert "if self.need_recovery():" in source(Recovery._restart_recovery)
    completed = source(Recovery.on_recovery_completed)
    steps = ["on_rebalance_complete.send()", "resume_partitions", "consumer.perform_seek()", "consumer.resume_flow()"]
    assert sorted(steps, key=completed.index) == steps


def test_a_revocation_awaits_the_last_flush_and_then_a_signal_before_the_group_is_joined() -> None:
    revoked = source(App._on_partitions_revoked)
    steps = ["consumer.stop_flow", "_consumer_wait_empty", "on_partitions_revoked.send"]
    assert sorted(steps, key=revoked.index) == steps
    prepared = source(GroupCoordinator._on_join_prepare)
    assert "listener.on_partitions_revoked" in prepared
    assert "await res" in prepared


def test_an_assignment_does_not_wait_for_recovery_so_its_signal_does_not_serve() -> None:
    assigned = source(App._on_partitions_assigned)
    steps = ["tables.on_rebalance", "on_partitions_assigned.send"]
    assert sorted(steps, key=assigned.index) == steps
    assert "self.signal_recovery_start.set()" in source(Recovery.on_rebalance)


async def test_signals_of_an_app_reach_the_session() -> None:
    app = an_app(Settings())
    before = app.session._assignment
    await app.on_partitions_revoked.send({TP("analytics", 0)})
    assert app.session._assignment == before + 1
    assert "await maybe_async(" in source(type(app.on_rebalance_complete).send)


async def test_a_commit_is_made_in_the_consumers_thread_as_a_member_of_one_generation() -> None:
    thread = an_app(Settings(kafka="127.0.0.1:1")).consumer._thread
    thread._consumer = thread._create_consumer(asyncio.get_running_loop())
    thread._consumer._coordinator = Coordinator()
    assert await thread.commit_in({TP("analytics", 0): 1}, Coordinator.generation + 1) is False
    text = source(driver.AIOKafkaConsumerThread._commit)
    assert "if tp in self.assignment()" in text, "what is not assigned is dropped without a word"
    assert "generation=self.generation" in "".join(source(GroupCoordinator._do_commit_offsets).split()) or (
        "self.generation" in source(GroupCoordinator._do_commit_offsets)
    )
    assert parameters(ConsumerThread.call_thread)[:2] == ["self", "fun"]
    await thread._consumer.stop()
    thread.thread_loop.close()


def test_the_generation_is_told_before_the_assignment() -> None:
    told = source(driver.ConsumerRebalanceListener.on_partitions_assigned)
    assert "self._thread.app.consumer_generation_id = generation" in told
    joined = source(GroupCoordinator._on_join_complete)
    steps = ["assign_from_subscribed", "listener.on_partitions_assigned"]
    assert sorted(steps, key=joined.index) == steps


def test_a_seek_to_committed_offsets_says_where_they_are() -> None:
    assert parameters(ThreadDelegateConsumer.seek_to_committed) == ["self"]
    assert "await self.seek_to_committed()" in source(Consumer.perform_seek)


def test_no_other_private_name_of_an_object_that_is_not_ours_is_used() -> None:
    """Methods that we override, or call on ourselves, are named above."""
    used = {
        node.attr
        for module in (faust_thread, faust_app, faust_consumer)
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    assert used == PRIVATE_OF_OTHERS


def test_the_table_manager_makes_its_recovery_lazily_in_a_property() -> None:
    assert isinstance(inspect.getattr_static(TableManager, "recovery"), property)
    assert "self._recovery" in source(inspect.getattr_static(TableManager, "recovery").fget)
    assert isinstance(inspect.getattr_static(BatchTableManager, "recovery"), property)


def test_a_seek_to_committed_leaves_partitions_without_a_commit_where_they_are() -> None:
    """The reason for the second seek in `BatchConsumer.perform_seek`; without this behaviour it may go."""
    assert "if offset and offset > 0:" in source(AIOKafkaConsumer.seek_to_committed)
    assert "self._read_offset" in source(Consumer.perform_seek) or "read_offset" in source(Consumer.perform_seek)


async def test_the_end_of_a_partition_that_is_gone_is_an_assertion() -> None:
    """Why `BatchConsumer._input_end` catches one: the consumer's own thread takes partitions away at any time."""
    consumer = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1")
    consumer.assign([TopicPartition("events", 0)])
    with pytest.raises(AssertionError, match="not assigned"):
        consumer.highwater(TopicPartition("events", 1))
    await consumer.stop()


async def test_the_consumer_is_made_in_a_method_of_its_thread_which_is_made_in_a_method_of_fausts() -> None:
    assert parameters(driver.AIOKafkaConsumerThread._create_consumer) == parameters(ConsumerThread._create_consumer)
    assert "self._create_consumer(" in source(driver.AIOKafkaConsumerThread.on_start)
    assert "self._assignor = self.app.assignor" in " ".join(source(ConsumerThread._create_consumer).split())
    security = KafkaSecurity(
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="worker",
        sasl_password=Secret("hunter2"),
    )
    settings = Settings(
        kafka="127.0.0.1:1,[::1]:2", topic_prefix="prod.", kafka_security=security, group_instance_id="worker-3"
    )
    thread = an_app(settings).consumer._thread
    assert type(thread) is ConsumerThread
    consumer = thread._create_consumer(asyncio.get_running_loop())
    assert consumer._isolation_level == "read_committed"
    assert consumer._group_id == "prod.vitals"
    assert consumer._enable_auto_commit is False
    assert consumer._group_instance_id == "worker-3"
    client = consumer._client
    assert (client._security_protocol, client._sasl_mechanism) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert (client._sasl_plain_username, client._sasl_plain_password) == ("worker", "hunter2")
    assert {(host, port) for host, port, _ in client.hosts} == {("127.0.0.1", 1), ("::1", 2)}
    assert consumer._client._bootstrap_servers == settings.kafka
    await consumer.stop()
    thread.thread_loop.close()


def test_faust_makes_its_directories_and_looks_for_django_in_methods_that_we_replace() -> None:
    assert "self._create_directories()" in source(App.on_first_start)
    assert "self._init_fixups()" in source(App.__init__)


async def test_faust_has_no_producer_of_its_own() -> None:
    assert list(an_app(Settings()).boot_strategy.kafka_producer()) == []


def test_partitions_are_named_tuples_that_must_be_converted_for_aiokafka() -> None:
    converted = driver.ensure_aiokafka_TPset([TP("topic", 3)])
    assert [(type(tp).__module__.split(".")[0], tp.topic, tp.partition) for tp in converted] == [
        ("aiokafka", "topic", 3)
    ]


def test_the_ends_of_logs_can_be_asked_for_and_known_from_a_fetch() -> None:
    assert parameters(driver.AIOKafkaConsumerThread.highwaters) == ["self", "partitions"]
    assert "await consumer.end_offsets(partitions)" in source(driver.AIOKafkaConsumerThread._highwaters)
    assert "self.consumer.in_transaction" in source(driver.AIOKafkaConsumerThread._highwaters)
    assert "highwater(tp)" in source(driver.AIOKafkaConsumerThread.highwater)
    assert "tp_state.highwater = highwater" in source(Fetcher._proc_fetch_request)


def test_what_the_group_refuses_waits_for_whoever_polls() -> None:
    assert "self._pending_exception = exc" in source(GroupCoordinator._push_error_to_user)
    assert "raise exc" in source(GroupCoordinator.check_errors)
    assert "self._coordinator = GroupCoordinator(" in source(AIOKafkaConsumer.start)


def test_the_app_makes_its_transport_in_a_method() -> None:
    assert parameters(App._new_transport) == ["self"]
    assert driver.Transport.Consumer is driver.Consumer
