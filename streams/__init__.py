"""Everything that knows Kafka, Faust, Redis, Prometheus and wall time: worker, projector, notifier, command line."""
