"""`make handbook`: walk every chapter in every language on throw-away databases and take its pictures."""

import os
import subprocess
import sys

from tests.handbook.chapters import FOLDER, LANGUAGES


def main() -> int:
    for language in LANGUAGES:
        print(f"The handbook's pictures, {language}", flush=True)
        walk = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", *sys.argv[1:]]
        environment = os.environ | {"HANDBOOK_PICTURES": language, "REQUIRE_BROWSER": "1"}
        done = subprocess.run([*walk, "tests/browser/test_handbook.py"], env=environment, check=False)
        if done.returncode:
            return done.returncode
    changed = subprocess.run(["git", "status", "--short", str(FOLDER)], capture_output=True, text=True, check=False)
    print(changed.stdout or "Every picture shows what it showed before.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
