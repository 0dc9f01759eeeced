"""The Medicare Coverage Database: its downloads read, and its articles joined with those the program carries."""

from scrubber.importers.mcd.reading import read_mcd
from scrubber.importers.mcd.text import digest_of_text, plain_text

__all__ = ["digest_of_text", "plain_text", "read_mcd"]
