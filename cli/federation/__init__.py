"""`wardwatch federation`: lists that hospitals share."""
