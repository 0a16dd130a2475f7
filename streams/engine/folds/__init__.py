"""The fold of a partition: the reference, or the kernel. Both give the same answers, and the same bytes."""
