"""The audit as people read it on the page, export it and have it recomputed (safeguard S9, docs/adr/0103)."""
