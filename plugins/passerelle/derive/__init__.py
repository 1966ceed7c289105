"""What follows from a contract: staging tables, Arrow schemas, synthetic files. None of it is written by hand."""
