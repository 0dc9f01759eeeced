"""The payer-rule language: plain data in, the same kind of edit out. Pure."""
