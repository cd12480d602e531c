"""Drills the line of every camera: docs/adr/0086."""
