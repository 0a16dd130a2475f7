"""Sends fixtures to a gateway as their vendor would: for trying a source out."""
