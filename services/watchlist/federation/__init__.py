"""Lists that hospitals share, as far as they touch the record: content that leaves, and what it leaves under."""
