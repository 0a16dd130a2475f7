"""What alert rules send, and what they catch, with and without hysteresis, dwell and guard."""
