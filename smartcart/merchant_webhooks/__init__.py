"""Webhooks to merchants: where each wants to be told of events, and what became of telling it."""
