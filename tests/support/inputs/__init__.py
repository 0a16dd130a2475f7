"""Messages as the kernel's loop is given them."""
