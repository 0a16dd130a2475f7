"""What changes while a page is open: one stream a tab, from one hub. Rows are rendered by others, and handed in."""
