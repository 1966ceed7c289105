"""The rules of a contract applied to Arrow tables: what is wrong, where, and what to do about it."""
