"""What is run by hand from a checkout: a simulation, and requests that benches read."""
