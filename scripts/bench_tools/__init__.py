"""What scripts/bench and scripts/bench-index are made of."""
