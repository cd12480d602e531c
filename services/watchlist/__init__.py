"""The watchlist: its record, who may change it, and how a change comes to every matcher."""
