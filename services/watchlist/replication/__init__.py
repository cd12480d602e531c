"""Replication: the list on the stream, erasures, the matchers' presence and receipts, and jobs by the clock."""
