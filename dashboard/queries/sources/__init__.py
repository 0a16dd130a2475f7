"""Where the numbers come from: what Kafka says of inputs, groups and waiting messages, and what answers say."""
