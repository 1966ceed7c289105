"""The delivery ledger: every file ever received, its state, what was found in it, what was answered. The only writer of a state."""
