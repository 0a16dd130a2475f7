"""Segment and RudderStack: webhooks, and the HTTP tracking API that their SDKs call."""
