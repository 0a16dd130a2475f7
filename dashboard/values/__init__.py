"""What pages and API show: values only, as stdlib dataclasses, which FastAPI documents and msgspec encodes."""
