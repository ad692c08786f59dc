"""What payments bring about outside of the shop: a row each, written with them and carried out afterwards."""
