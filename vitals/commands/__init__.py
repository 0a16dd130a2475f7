"""The commands, one module each, thin over the modules that do the work."""
