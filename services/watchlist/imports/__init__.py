"""Imports: from files of unknown origin to drafts, and to their end."""
