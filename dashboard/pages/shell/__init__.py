"""What stands around every page: its templates made ready, its top bar."""
