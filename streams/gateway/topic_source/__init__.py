"""Sources that are read from a topic of Kafka: CloudEvents."""
