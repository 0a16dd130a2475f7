"""The pages: routers, templates and the words and numbers in them."""
