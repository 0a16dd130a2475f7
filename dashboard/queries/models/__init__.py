"""The models: how the live one judges the book, and how the book would stand under other weights and bounds."""
