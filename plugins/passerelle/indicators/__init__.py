"""ESF+ common indicators: who counts at a cut-off date, in which indicator, and who does not and why.

The path of a figure is: rows of text (:mod:`.bulk`) → columns of numbers (:mod:`.rows`) → the version of each record that speaks at the
cut-off (:mod:`.versions`) → one participation per person and operation (:mod:`.settle`) → what became of them (:mod:`.exits`,
:mod:`.follow_up`) → numbers (:mod:`.tally`) → tables (:mod:`.figures`), each identity asserted (:mod:`.compute`) → JSON (:mod:`.report`).
Rules and controls are data (``data/``). Around the engine: :mod:`.snapshot` freezes what the warehouse knew and what it gives,
:mod:`.feeds` proposes what partners' files let one derive, :mod:`.survey` draws the sample of the sixth month, :mod:`.extracts` writes
what funding officers read.
"""
