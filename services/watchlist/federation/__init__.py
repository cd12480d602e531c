"""Lists that hospitals share: what is received of them, and who joins them."""
