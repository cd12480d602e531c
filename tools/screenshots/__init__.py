"""Pictures of every page of the product, in both languages, of a demonstration that really runs."""
