"""A Stripe server that keeps state, in a process of its own: localstripe, mended where it falls short of Stripe."""

from tests.support.stripe_server.process import StripeServer

__all__ = ["StripeServer"]
