"""The API: FastAPI routers over `dashboard.queries`."""
