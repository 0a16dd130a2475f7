"""What people do from a message: clicks of Slack's buttons, and signed links, become commands on `control`."""
