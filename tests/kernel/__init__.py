"""The kernel, held to the reference: after every step the same answers and the same state, to the last bit."""
