"""The register of persons: what people decide about who is who, how it is undone, and how every link is explained.

A person's id is never reused and never forgotten: records move between persons by events that others can follow
(``identity.change``), a merged id leads on for ever (``identity.person_resolved``). Links are revoked and made, never rewritten.
"""
