"""How fast the shop is, as ratios to yardsticks that run beside it. Not part of the shop; `make bench` runs it."""
