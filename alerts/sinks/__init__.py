"""Where alerts are delivered: the port `Sink`, and its implementations for Slack, a webhook and the terminal."""
