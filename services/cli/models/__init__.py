"""Fetching, checking and preparing the files that Wardwatch needs and does not carry."""
