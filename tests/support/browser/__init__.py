"""A headless Chromium that drives the dashboard's pages."""
