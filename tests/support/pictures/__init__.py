"""Pictures of messages for the pages, from what sinks really send: `python -m tests.support.pictures` makes them."""
