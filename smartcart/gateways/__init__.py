"""Whoever moves the money. A gateway knows neither the shop's database nor Flask."""
