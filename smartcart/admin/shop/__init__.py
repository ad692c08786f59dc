"""Who the shop is, and its pages of law, as the owner writes them."""
