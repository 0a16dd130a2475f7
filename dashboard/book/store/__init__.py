"""What the book is made of: columns of numbers and texts, orders, closes. Pure."""
