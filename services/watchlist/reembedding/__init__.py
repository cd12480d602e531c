"""Enrolled photos embedded anew by a second recogniser (docs/adr/0105)."""
