"""One account as a page: what its template reads, worked out."""
