"""SoftwareTpm: a TPM 2.0 of a test's own (swtpm), whose state outlives restarts as a chip's does, ended by its PID."""
import os
import pathlib
import shutil
import subprocess

from tests.support.console_client import wait_until


def missing():
    """Why there is none here, or nothing."""
    absent = [name for name in ("swtpm", "tpm2_pcrextend") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


class SoftwareTpm:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.socket, self.process = self.directory / "s", None
        if len(str(self.socket)) > 90:
            raise ValueError(f"too long for a socket: {self.socket}")
        self.transport = f"swtpm:path={self.socket}"

    def start(self):
        """Power on: measured values begin anew."""
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}", "--server", f"type=unixio,path={self.socket}",
             "--ctrl", f"type=unixio,path={self.socket}.ctrl", "--flags", "startup-clear,not-need-init"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(f"{self.socket}.ctrl"), 10, 0.02, "the software TPM listens")
        return self

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        for end in ("", ".ctrl"):
            pathlib.Path(f"{self.socket}{end}").unlink(missing_ok=True)

    def reboot(self):
        self.stop()
        return self.start()

    def measure(self, pcr, what):
        """What firmware does with each piece of software before it starts it."""
        digest = subprocess.run(["sha256sum"], input=what, capture_output=True, text=True, check=True).stdout.split()[0]
        subprocess.run(["tpm2_pcrextend", f"{pcr}:sha256={digest}"], check=True, timeout=20, capture_output=True,
                       env={**os.environ, "TPM2TOOLS_TCTI": self.transport, "TSS2_LOG": "all+none"})
