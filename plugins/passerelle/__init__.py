"""Passerelle: the gateway by which a Département exchanges files with its insertion partners."""

__version__ = "0.1.0"
