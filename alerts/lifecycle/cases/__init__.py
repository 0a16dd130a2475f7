"""The life of a case: what is kept of it, which steps are allowed, and which ones people learn of. Pure."""
