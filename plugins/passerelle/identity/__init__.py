"""Says which person a partner's statement is about: by certain rules, or also by ranked candidates that a positive rule accepts.

The entry of the warehouse is :func:`passerelle.identity.recognise.recognise`, that of files :func:`passerelle.identity.engine.match`; both
use the rules of :mod:`passerelle.identity.certain` and :mod:`passerelle.identity.accept`, on the levels of
:mod:`passerelle.identity.compare`.
"""
