"""Backups: made, kept, checked and brought back."""
