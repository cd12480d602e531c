"""Keeping the list the same everywhere: the stream, erasures, presence, and the jobs by the clock."""
