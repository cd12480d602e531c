"""Wardwatch on one machine: the launchers of its two servers and the supervisor of all its processes."""
