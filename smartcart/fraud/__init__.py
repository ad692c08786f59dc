"""Who tries to pay how often, remembered by keyed hashes, and the owner's rules on it. It knows nothing of payments."""
