"""Bytes of a file → rows of text by the contract's tables, with the physical line each came from. One module per format."""
