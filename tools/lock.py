"""Pin what our requirements bring along, with hashes, for every platform: `make lock`.

What is written holds no address, so it serves with whatever registry a machine has. torch and what
it alone brings are left out: which build of it is right depends on the machine. So is pip, which
installs.
"""

import re
import subprocess
import sys
from pathlib import Path

from core.paths import ROOT

PYTHON = "3.11"  # the oldest that we run on; newer ones have lines of their own where they differ
LEFT_OUT = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+|pip)==")
BLOCK = re.compile(r"^\S.*(?:\n +.*)*", re.MULTILINE)  # a package, and its hashes below it
HEAD = "# Made by `make lock`, of {names}. Not to be edited by hand.\n"


def main() -> None:
    """Write requirements.lock for who runs the page, and requirements-test.lock for the rest."""
    served = resolved("requirements.txt")
    lock = ROOT / "requirements.lock"
    lock.write_text(HEAD.format(names="requirements.txt") + "\n".join(served) + "\n")
    both = resolved("requirements.txt", "requirements-test.txt", "--constraints", lock.name)
    rest = [block for block in both if block not in served]
    names = "requirements-test.txt, less what requirements.lock has"
    (ROOT / "requirements-test.lock").write_text(HEAD.format(names=names) + "\n".join(rest) + "\n")


def resolved(*arguments: str) -> list[str]:
    """The packages that the files of requirements come to, each with its hashes."""
    uv = Path(sys.executable).with_name("uv")
    options = ["--universal", "--generate-hashes", "--python-version", PYTHON, "--quiet"]
    options += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    command = [uv, "pip", "compile", *options, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [block for block in BLOCK.findall(done.stdout) if not LEFT_OUT.match(block)]


if __name__ == "__main__":
    main()
