"""The first hour of an installation: what is left to do until somebody answers an alert."""
