"""Signed reports of confirmed incidents."""
