"""Which account an id of another system belongs to: the topic `aliases`, and events whose account is not known yet."""
