"""What accounts do, as received: the inputs read beside the engine, for pages. No score depends on it."""
