"""What several tests ask about processes that are not their children."""

import os
from pathlib import Path


def is_gone(process: int) -> bool:
    """Whether a process has ended, even if whoever inherited it has not yet asked how."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except FileNotFoundError:  # no /proc on this system, or gone in between
        return False
