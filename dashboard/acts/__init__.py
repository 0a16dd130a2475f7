"""What people do from a page: commands to cases, overrides, notes, sentiments, views."""
