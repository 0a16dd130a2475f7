"""What pages and API ask: the read model, the book and the workspace, as values."""
