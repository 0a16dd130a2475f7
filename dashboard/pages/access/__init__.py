"""The pages of share links and keys: what they show to anybody, and where people make and end them."""
