"""Evidence: files that stand behind the answers of a return."""
