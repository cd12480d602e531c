"""The files that Wardwatch needs and does not carry, and the card that travels with a prepared model."""
