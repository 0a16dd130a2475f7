"""The notifier: notifications from Kafka to sinks, each delivered once."""
