"""Kafka's errors that an operator can mend: what to do about each, so that it is told without a stack trace."""

from __future__ import annotations

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
    KafkaError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

_RIGHTS = "give this user the rights that docs/security.md lists"
_MENDS: dict[type[KafkaError], str] = {
    TopicAuthorizationFailedError: _RIGHTS,
    GroupAuthorizationFailedError: _RIGHTS,
    ClusterAuthorizationFailedError: _RIGHTS,
    TransactionalIdAuthorizationFailed: _RIGHTS,
    SaslAuthenticationFailed: "see to VITALS_KAFKA_SASL_USERNAME and VITALS_KAFKA_SASL_PASSWORD",
    InvalidSessionTimeoutError: (
        "set VITALS_SESSION_TIMEOUT_MS to what the brokers allow (their group.min.session.timeout.ms, by default 6000, "
        "to group.max.session.timeout.ms)"
    ),
    MessageSizeTooLargeError: ("raise max.message.bytes of the topic, which `vitals doctor` names, to 1048588 or more"),
    InconsistentGroupProtocolError: ("another program is a member of this group: stop it, or set another VITALS_GROUP"),
}


def mend(error: BaseException, otherwise: str) -> str:
    """What to do about an error of Kafka's; `otherwise` where it is none of those that have a mend of their own."""
    return next((words for kind, words in _MENDS.items() if isinstance(error, kind)), otherwise)


def told_to_operator(error: BaseException | None) -> str | None:
    """The error and what to do about it, where that is an operator's; also where it is the cause of another."""
    while error is not None:
        if words := mend(error, ""):
            return f"{error}: {words}"
        error = error.__cause__ or error.__context__
    return None
