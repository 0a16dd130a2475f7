"""The dashboard and the API: what customer success, and programs, read of the read model, live."""
