"""Where notifications are delivered: the port `Sink`, and Slack, a generic webhook and the terminal behind it."""
