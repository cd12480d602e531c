"""Incidents: how sightings raise them, who answers and judges them, and when they are deleted."""
