"""Fuzzing of the kernel's readers of untrusted bytes, under sanitizers."""
