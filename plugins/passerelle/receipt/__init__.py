"""What a partner is answered: three French documents per delivery, one number, never merged.

AR (accusé de réception) says the file came; CC (conformité) says what was found in it; CRI (intégration) says what was loaded.
:mod:`passerelle.receipt.build` makes them, :mod:`passerelle.receipt.page` writes them as one HTML page, the model itself as JSON.
They hold no personal value: findings exclude them, and everything a partner wrote is shown with its odd characters made visible.
"""
