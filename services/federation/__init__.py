"""Federation: lists that hospitals share, signed by their publisher and sealed to each hospital."""
