"""A deployment: its settings, names, secrets, certificates, and which environment variables are read."""
