"""Kafka errors that an operator can fix: what to do about each, shown without a stack trace."""

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
_ADVICE: dict[type[KafkaError], str] = {
    TopicAuthorizationFailedError: _RIGHTS,
    GroupAuthorizationFailedError: _RIGHTS,
    ClusterAuthorizationFailedError: _RIGHTS,
    TransactionalIdAuthorizationFailed: _RIGHTS,
    SaslAuthenticationFailed: "check VITALS_KAFKA_SASL_USERNAME and VITALS_KAFKA_SASL_PASSWORD",
    InvalidSessionTimeoutError: (
        "set VITALS_SESSION_TIMEOUT_MS to what the brokers allow (their group.min.session.timeout.ms, by default 6000, "
        "to group.max.session.timeout.ms)"
    ),
    MessageSizeTooLargeError: ("raise max.message.bytes of the topic that `vitals doctor` names to 1048588 or more"),
    InconsistentGroupProtocolError: ("another program is a member of this group: stop it, or set another VITALS_GROUP"),
}


def advice_for(error: BaseException, otherwise: str) -> str:
    """What to do about a Kafka error; `otherwise` for an error that has no advice of its own."""
    return next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), otherwise)


def operator_text(error: BaseException | None) -> str | None:
    """The error and what to do about it, if it, or an error that caused it, is one that an operator can fix."""
    while error is not None:
        if text := advice_for(error, ""):
            return f"{error}: {text}"
        error = error.__cause__ or error.__context__
    return None
