"""What goes out: receipts into the partners' outboxes."""
