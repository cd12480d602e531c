"""The watchlist desk: what account holders may ask, one module per kind of request."""
