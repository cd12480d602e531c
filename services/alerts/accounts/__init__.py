"""Who signs in: accounts, sessions and one-time codes."""
