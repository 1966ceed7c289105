"""Says which person a partner's statement is about: by certain rules only, everything else is for a person to review.

The entry is :func:`passerelle.identity.recognise.recognise`; what counts as certain is the list in :mod:`passerelle.identity.rules`.
"""
