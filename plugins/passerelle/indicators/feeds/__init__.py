"""What CCAS, France Travail and CAF files let one propose of ESF+ participations, and what must be collected all the same.

A derived value is proposed with its source and never final: :mod:`.evidence` reads what partners stated, :mod:`.derive` says what follows
from it and what does not, :mod:`.proposals` keeps proposals and what people decided, :mod:`.collect` lists the rest.
"""
