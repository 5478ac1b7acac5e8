"""The fake as tests hold it: started as a process of its own, asked over its switches."""

import json
import subprocess
import sys
import urllib.request
from typing import Any

from tests.databases import ROOT


class Remote:
    """A running fake. Every switch is a method: `remote.pay(session="cs_…", how="debit")`."""

    def __init__(self, port: int = 0, webhook: str = "") -> None:
        command = [sys.executable, "-m", "tests.fake_stripe", "--port", str(port), "--webhook", webhook, "--until-eof"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self.address = self.process.stdout.readline().strip()

    def __getattr__(self, act: str) -> Any:
        def ask(**given: Any) -> Any:
            request = urllib.request.Request(f"{self.address}/_fake/{act}", json.dumps(given).encode(), method="POST")
            with urllib.request.urlopen(request, timeout=20) as response:
                return json.load(response)

        return ask

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
