"""The fake as tests hold it: started as a process of its own, asked over its switches."""

import json
import subprocess
import sys
import urllib.request
from typing import Any

from tests.databases import ROOT


class Remote:
    """A running fake. Every switch is a method: `remote.pay(session="cs_…", how="debit")`."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.fake_stripe", "--port", "0"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def __getattr__(self, act: str) -> Any:
        def ask(**given: Any) -> Any:
            request = urllib.request.Request(f"{self.address}/_fake/{act}", json.dumps(given).encode(), method="POST")
            with urllib.request.urlopen(request, timeout=20) as response:
                return json.load(response)

        return ask

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
