"""Records of accounts in the kernel."""
