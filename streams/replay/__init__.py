"""Files of events: reading, publishing and replaying them, and tuning a model with them."""
