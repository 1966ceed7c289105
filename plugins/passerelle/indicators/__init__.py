"""ESF+ common indicators: who counts at a cut-off date, in which indicator, and who does not and why.

The path of a figure is: rows of text (:mod:`.bulk` from files, :mod:`.source` from the warehouse) → columns of numbers (:mod:`.rows`) → the
version of each record that speaks at the cut-off (:mod:`.versions`) → one participation per person and operation (:mod:`.settle`) → what
became of them (:mod:`.exits`, :mod:`.follow_up`) → numbers (:mod:`.tally`) → tables (:mod:`.figures`), each identity asserted
(:mod:`.compute`) → JSON (:mod:`.report`) or workbook (:mod:`.workbook`). Rules and controls are data (``data/``).
"""
