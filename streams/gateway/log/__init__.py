"""How the gateway writes to Kafka: messages of many requests in one batch, and each request waits for its own."""
