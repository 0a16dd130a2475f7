"""What several pages are made of: sentences, addresses, sums, forms, and what stands where there is nothing. Pure."""
