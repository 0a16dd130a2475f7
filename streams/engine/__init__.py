"""The engine of a worker: partitions of accounts, their timers and flushes. No Faust, no Kafka client, no clock."""
