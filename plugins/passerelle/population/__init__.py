"""Fictitious people with a known truth, for synthetic files, tests, benchmarks and the demonstration. Nobody here exists."""
