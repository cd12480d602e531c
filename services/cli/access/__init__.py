"""Who may say what on the broker: users, their keys, their allow-lists, and the server's account configuration."""
