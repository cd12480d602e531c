"""What people did, read and checked: `wardwatch audit`."""
