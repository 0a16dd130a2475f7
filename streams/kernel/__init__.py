"""The kernel: a native fold beside the reference in `scoring`, which it equals to the last bit.

Optional: without the extension, and with `VITALS_KERNEL=0`, everything runs on the reference.
"""
