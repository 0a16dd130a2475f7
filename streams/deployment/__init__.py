"""What a deployment is: its settings, names, secrets, certificates, and what of the environment is read."""
