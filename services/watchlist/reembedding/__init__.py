"""Enrolled photos embedded anew by a second recogniser, and what it would do (docs/adr/0105)."""
