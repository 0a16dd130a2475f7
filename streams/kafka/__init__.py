"""Everything that asks Kafka: clients, topics and their judgement, and why brokers cannot be used."""
