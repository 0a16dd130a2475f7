"""What the kernel answers, compared with the reference."""
