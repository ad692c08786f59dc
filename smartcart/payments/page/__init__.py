"""The payment page, the checkout that leads to it, and all that a shopper reads there."""
