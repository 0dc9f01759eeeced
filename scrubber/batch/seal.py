"""Sealing anew what is kept: after a key was put before the others, or the first key was set."""

from collections.abc import Iterator

from scrubber.batch.workshop import Workshop
from scrubber.store.database import reading, writing
from scrubber.store.hashing import seal_secret_anew
from scrubber.store.results import chunks_kept, seal_anew


def seal_all(workshop: Workshop) -> Iterator[bool]:
    """Bring every upload, every chunk of results and the secret of hashes under the first key; for each, whether it had
    to be.

    The service may run meanwhile, with the same keys. Each is done whole or not at all, so it can be begun again.
    Raises SealBroken where the key of something is not there.
    """
    for name in workshop.blobs.names():
        try:
            yield workshop.blobs.seal_anew(name)
        except FileNotFoundError:  # purged in between
            continue
    with reading(workshop.database) as connection:
        chunks = chunks_kept(connection)
    for batch, chunk in chunks:
        with writing(workshop.database) as connection:
            yield seal_anew(connection, batch, chunk)
    with writing(workshop.database) as connection:
        yield seal_secret_anew(connection)
