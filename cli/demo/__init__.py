"""``wardwatch demo``: simulated cameras, one listed person, and the alert as a guard hears it."""
