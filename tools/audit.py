"""Ask whether a package that is installed has a known vulnerability: `make audit`.

It fails on one that is known, and never for want of network: then it says that nothing is known.
"""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

WITHIN = 180  # seconds for all of it
WAIT = 5  # seconds for one answer


def main() -> int:
    """The exit status, and a line for each vulnerability or one for all."""
    command = [
        str(Path(sys.executable).with_name("pip-audit")),
        *("--path", sysconfig.get_path("purelib")),
        *("--format", "json", "--progress-spinner", "off", "--timeout", str(WAIT)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN)
        report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        report = {"dependencies": []}
    status, lines = judged(report)
    print("\n".join(lines))
    return status


def judged(report: dict[str, Any]) -> tuple[int, list[str]]:
    """The exit status and what to say of a report of pip-audit."""
    packages = report["dependencies"]
    found = [
        f"audit: {package['name']} {package['version']} has {one['id']}; "
        f"mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for package in packages
        for one in package.get("vulns", [])
    ]
    known = sum("vulns" in package for package in packages)
    if found:
        return 1, found
    if not known:
        return 0, ["audit: no data on vulnerabilities can be had here, so nothing was looked at"]
    return 0, [f"audit: {known} of {len(packages)} packages were looked at; nothing is known"]


if __name__ == "__main__":
    sys.exit(main())
