"""Charts as SVG, made on the server from values. Pure."""
