"""ESF+ common indicators: who counts at a cut-off date, in which indicator, and who does not and why.

The path of a figure is: rows (:mod:`.intake` from a file, :mod:`.source` from the warehouse) → one effective version per
participation and one participation per person and operation (:mod:`.settle`) → figures by indicator and sex (:mod:`.compute`) →
JSON (:mod:`.report`) or workbook (:mod:`.workbook`). This release computes the entry side, EECO01 to EECO11.
"""
