"""What is kept: batches, results, claim history, remittances, waivers, audit. SQLAlchemy Core, no objects mapped.

SQLite by default, PostgreSQL by URL; the same statements for both.
"""
