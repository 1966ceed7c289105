"""Frozen ESF+ computations: what was known at a cut-off, the figures it gives, and what each figure is made of.

The path is: what the warehouse knew at a moment (:mod:`.known`, :mod:`.statements`, :mod:`.confirmed`) → the canonical files an auditor
reads (:mod:`.canonical`) → the engine (:mod:`.engine`) → a proposal kept whole (:mod:`.propose`) → frozen by another login
(:mod:`.freeze`), proved again at any time (:mod:`.verify`) and followed down to the partner's line (:mod:`.tracing`).
"""
