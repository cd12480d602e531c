"""How the parts of the service are put together, one group in each module, in the order in which they are needed."""
