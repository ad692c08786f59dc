"""What came of payments, for the owner: as a page, as JSON and as CSV."""
