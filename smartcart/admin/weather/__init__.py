"""The weather at the gateway, now and over the last day."""
