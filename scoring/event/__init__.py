"""What producers send, as an event: decoding, ids, timestamps and the shapes of vendors. The only place in the core
that reads bytes."""
