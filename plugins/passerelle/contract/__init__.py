"""Contracts: what a partner promises about a feed, and the code that loads and refuses them."""
