"""How a process lives: signals, settings, bus, telemetry. Knows nothing about faces."""
