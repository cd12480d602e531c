"""Control pairs: faces whose truth is known, shown to reviewers now and then (docs/adr/0092)."""
