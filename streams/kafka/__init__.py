"""Everything that asks Kafka: clients, topics and their settings, offsets, and why a broker cannot be used."""
