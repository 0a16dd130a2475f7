"""The dashboard's figures at many accounts."""
