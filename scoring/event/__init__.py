"""Events: decoding, ids, timestamps and the formats of vendors. The only place in the core that reads bytes."""
