"""Alerts: sightings in, incidents out, and the page on which people decide."""
