"""The shop: what is sold, what lies in the cart, what was ordered, and the stock that is held meanwhile."""
