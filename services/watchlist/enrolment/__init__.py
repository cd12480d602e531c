"""What is asked of an entry, of its photos, and of who asks: pure, save for the asking of detector and embedder."""
