"""`wardwatch eval`: how well people are recognised, measured by the services' own code, with intervals."""
