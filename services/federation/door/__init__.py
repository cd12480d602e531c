"""The door: statements of joined lists, verified and handed to the record; receipts and hellos back."""
