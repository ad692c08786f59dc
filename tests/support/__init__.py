"""What tests work with: shops, shoppers, databases, servers, and bad networks."""
