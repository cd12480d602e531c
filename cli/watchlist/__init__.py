"""`wardwatch watchlist`: keeping the list, as a client of the HTTP interface that anybody else may be, too."""
