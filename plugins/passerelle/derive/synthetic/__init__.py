"""The parts of :mod:`passerelle.derive.sample`: how one value, one row, one dossier and one file of invented data come about."""
