"""The publisher: says how the entries of shared lists stand, and hears who holds and who has erased them."""
