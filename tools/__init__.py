"""Programs for people who work on Wardwatch."""
