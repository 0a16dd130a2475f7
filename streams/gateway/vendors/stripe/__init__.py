"""Stripe: events of subscriptions, invoices, disputes and customers; MRR of a subscription."""
