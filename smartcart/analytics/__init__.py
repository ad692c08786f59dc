"""What came of payments, by day, week and month: kept up from the audit trail, and recounted from it."""
