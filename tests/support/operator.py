"""An operator who does what a line of advice says: runs its commands, word for word, and nothing else."""

from __future__ import annotations

import re
import shlex

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

_SET_FOR_THE_TOPIC = 1
"""How Kafka marks a setting that is the topic's own, and no default."""


def commands_in(advice: str) -> list[list[str]]:
    """The commands of Kafka's tools in a line, as a shell would split them."""
    found = re.findall(r"(kafka-(?:topics|configs) .+?)(?=[;,.]* (?:kafka-|then |Stop |Set |Or,)|[.;]?$)", advice)
    return [shlex.split(command.rstrip(".;,")) for command in found]


def settings_in(advice: str) -> dict[str, str]:
    """The variables that a line says are to be set, with their values."""
    return {name: value.rstrip(".,") for name, value in re.findall(r"(VITALS_[A-Z_]+) to (\S+)", advice)}


async def obey(advice: str) -> int:
    """Run the commands; answers how many they were."""
    commands = commands_in(advice)
    for command in commands:
        tool, options = command[0], _options(command[1:])
        admin = AIOKafkaAdminClient(bootstrap_servers=options.pop("--bootstrap-server"))
        await admin.start()
        try:
            options.pop("--alter")
            if tool == "kafka-topics":
                await _grow(admin, options.pop("--topic"), int(options.pop("--partitions")))
            else:
                assert options.pop("--entity-type") == "topics"
                await set_configs(admin, options.pop("--entity-name"), _pairs(options.pop("--add-config")))
        finally:
            await admin.close()
        assert not options, f"{tool} does not know {options}"
    return len(commands)


async def set_configs(admin: AIOKafkaAdminClient, topic: str, values: dict[str, str]) -> None:
    """Change some settings of a topic, and keep its others, as `kafka-configs` does."""
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((_, _, _, _, entries),) = answer.resources
    own = {entry[0]: entry[1] for entry in entries if entry[3] == _SET_FOR_THE_TOPIC}
    (done,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**own, **values})])
    assert [resource[0] for resource in done.resources] == [0], done


async def _grow(admin: AIOKafkaAdminClient, topic: str, partitions: int) -> None:
    answer = await admin.create_partitions({topic: NewPartitions(partitions)})
    assert [error[1] for error in answer.topic_errors] == [0], answer


def _options(words: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for word in words:
        if word.startswith("--"):
            options[word] = ""
            last = word
        else:
            options[last] = word
    return options


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(","))
