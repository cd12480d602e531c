"""Enrolment: photos assessed by detector and embedder, and look-alikes found by matchers and in the record."""
