"""Who may come in: login, roles, API keys, and what every request is checked for."""
