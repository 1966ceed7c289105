"""The five stages of a delivery: receive, check, stage, reconcile, publish; and expect, which looks at what was published.

Each takes the gateway and a delivery, works in one transaction with the ledger row, and may run twice.
"""
