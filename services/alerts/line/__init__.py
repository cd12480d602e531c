"""The supervised line: when the chain from each camera to a phone was last proven (docs/adr/0086)."""
