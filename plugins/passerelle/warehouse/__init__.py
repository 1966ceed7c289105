"""The shared PostgreSQL warehouse: its fixed tables, its migrations, and the one way to open it."""
