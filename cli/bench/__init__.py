"""``wardwatch bench`` and ``wardwatch capacity``: load on a running system, and what becomes of it."""
