"""Files of events: reading, publishing and replaying them, and retuning a model by them."""
