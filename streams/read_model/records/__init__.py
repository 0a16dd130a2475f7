"""What the read model keeps of an account, packed into bytes, and how an answer changes it. Pure."""
