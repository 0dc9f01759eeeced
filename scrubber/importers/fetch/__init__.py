"""Official files from where CMS and CDC publish them: found, licensed, downloaded. The importers read them then."""


class FetchFailed(Exception):
    """An official file can't be fetched. The message is one line that says what to do."""
