"""The edits: one family a folder, one edit a module; ``catalog`` lists them all. Pure."""
