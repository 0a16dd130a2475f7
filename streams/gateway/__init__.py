"""The gateway: takes the webhooks and calls of producers over HTTP, and publishes events to the input topics."""
