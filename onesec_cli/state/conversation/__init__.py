"""What a conversation shows: approvals, what it put into memory, what was read, whether it gets anywhere."""
