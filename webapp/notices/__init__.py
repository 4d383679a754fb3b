"""The ledger of notices: who is told what, reminders, delivery, and the outbox."""
