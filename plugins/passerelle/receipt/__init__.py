"""What a partner is answered: three French documents per delivery, one number, never merged.

AR (accusé de réception) says the file came; CC (conformité) says what was found in it; CRI (intégration) says what was loaded.
:mod:`passerelle.receipt.build` makes them, :mod:`passerelle.receipt.page` writes them as one HTML page,
:mod:`passerelle.receipt.workbook` as a spreadsheet with every finding in a row, the model itself as JSON.
They hold no personal value: findings exclude them, and everything a partner wrote is shown with its odd characters made visible. The
sender's own record keys appear only in documents left in its own outbox, and never one that may be a NIR.
"""
