"""What people keep beside the scores: notes, sentiments, views, share links, keys, and the log of their acts."""
