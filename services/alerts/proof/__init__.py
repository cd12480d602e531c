"""What anybody may check without signing in."""
