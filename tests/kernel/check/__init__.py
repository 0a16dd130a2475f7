"""The kernel without Python: lives that the reference has recorded, folded again by a small program in C."""
