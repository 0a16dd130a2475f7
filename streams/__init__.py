"""Everything that talks to Kafka, Faust, Redis or Prometheus, or reads the clock: worker, projector and notifier."""
