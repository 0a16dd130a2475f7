"""The list of accounts as a page: its address, its views, its columns, its cells, its download."""
