"""The ``wardwatch`` command: each file or folder is a group of its commands."""
