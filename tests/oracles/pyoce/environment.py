"""The environment of PyOCE, beside that of the project and not in it, and how it is asked."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.ncci import REPOSITORY

ENVIRONMENT = REPOSITORY / "var" / "pyoce"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
OTHER_SIDE = Path(__file__).with_name("other_side.py")
OLDEST_PYTHON = (3, 12)


class CantRun(Exception):
    """Why nothing can be compared here."""


def installed() -> Path:
    """The interpreter that has PyOCE; makes its environment where there is none. Raises CantRun."""
    interpreter, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed"
    wanted = REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    subprocess.run([newer_python(), "-m", "venv", ENVIRONMENT], check=True)
    pip = [
        interpreter,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]
    try:
        subprocess.run([*pip, "--require-hashes", "-r", REQUIREMENTS], check=True)
    except subprocess.CalledProcessError:
        raise CantRun(
            "PyOCE can't be installed: it takes PyPI, and a Python that its wheels are made for"
        ) from None
    stamp.write_text(wanted)
    return interpreter


def newer_python() -> str:
    """An interpreter that PyOCE runs on: this one, one on the path, or one of pyenv. Raises CantRun."""
    on_path = [f"python3.{minor}" for minor in range(20, OLDEST_PYTHON[1] - 1, -1)]
    of_pyenv = sorted(map(str, Path.home().glob(".pyenv/versions/3.*/bin/python")), reverse=True)
    check = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    for name in (sys.executable, *on_path, "python3", *of_pyenv):
        found = shutil.which(name)
        # pyenv puts a stand-in for every version on the path, which fails for those that are not chosen.
        if found and not subprocess.run([found, "-c", check], capture_output=True, check=False).returncode:
            return found
    raise CantRun("PyOCE needs Python 3.12 or newer, and none was found")


def ask(interpreter: Path, *asked: str, given: Any = None) -> Any:
    """What the other side answers. It unpacks its tables below its home, which is its environment."""
    done = subprocess.run(
        [interpreter, OTHER_SIDE, *asked],
        input=json.dumps(given),
        env={"HOME": str(ENVIRONMENT)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)
