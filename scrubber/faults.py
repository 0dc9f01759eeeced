"""What the log tells of a fault of the program: where it was, never its text, which may quote a claim."""

import traceback

FRAMES = 5


def where(fault: BaseException) -> list[str]:
    """The last calls that led to a fault: file, line and function."""
    frames = traceback.extract_tb(fault.__traceback__)[-FRAMES:]
    return [f"{frame.filename.rpartition('scrubber/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
