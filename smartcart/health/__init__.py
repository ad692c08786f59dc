"""Whether the shop is alive, whether it can work, and its figures for Prometheus."""
