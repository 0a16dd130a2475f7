"""The notifier with 100,000 steps at once: in one digest, and through a storm."""
