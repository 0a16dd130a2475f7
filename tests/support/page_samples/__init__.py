"""Values as pages show them: one whole of each kind, and one with as little as is possible."""
