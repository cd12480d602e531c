"""The HTTP edge: what people and other systems reach."""
