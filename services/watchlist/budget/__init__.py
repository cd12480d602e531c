"""The false-alert budget: how often strangers' walks come near the list, and from which cosine on that is bearable."""
