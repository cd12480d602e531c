"""Who may do what: users, keys and allow-lists of the broker, its streams, and the database's roles."""
