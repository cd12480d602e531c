"""`wardwatch incident`: signed reports of confirmed incidents."""
