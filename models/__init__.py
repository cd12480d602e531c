"""The files that Wardwatch needs and does not carry, and the card that travels with a prepared model."""

import os

# As in services/__init__.py, for who prepares models without being a service.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
