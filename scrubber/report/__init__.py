"""The denial-risk report: its figures, and their rendering. Knows no database: it is given what was counted."""
