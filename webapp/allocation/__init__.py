"""Who reviews which return: what is known of the reviewers, their declared interests, and the allocation of many returns at once."""
