"""Whether alerts are working: one answer, computed in one place from what each part of the system knows."""
