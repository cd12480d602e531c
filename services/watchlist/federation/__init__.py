"""Lists that hospitals share, as far as they touch the record: content that leaves, and entries that are received."""
