"""Files → reference tables; building and opening a snapshot."""


class ImportRefused(Exception):
    """A data file can't be used. The message is one line that names the file and the place in it."""
