"""`vitals mcp`: the read side as tools for an assistant, over the API."""
