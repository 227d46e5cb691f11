"""A terminal with a person in front of it, for commands that ask."""
import os
import pty
import subprocess
import time

from demo.site import BUILD

KIOSKWARD = str(BUILD / "bin" / "kioskward")


class Terminal:
    """A terminal with a person in front of it, who types when asked and sees what it shows."""

    def __init__(self, words):
        self.here, there = pty.openpty()
        self.shown, self.answered = "", 0
        self.process = subprocess.Popen([KIOSKWARD, *words], stdin=there, stdout=subprocess.PIPE, stderr=there, text=True)
        os.close(there)

    def answer(self, prompt, text):
        self.wait(prompt)
        os.write(self.here, (text + "\n").encode())

    def wait(self, prompt):
        """Until it shows this, behind what was waited for before."""
        until = time.monotonic() + 10
        while (at := self.shown.find(prompt, self.answered)) < 0:
            if time.monotonic() > until:
                raise TimeoutError(f"no {prompt!r} in {self.shown!r}")
            try:
                self.shown += os.read(self.here, 4096).decode()
            except OSError as end:  # the program has ended
                out = self.process.communicate()[0]
                raise AssertionError(f"no {prompt!r} but the end, {self.process.returncode}: {self.shown!r} {out!r}") from end
        self.answered = at + len(prompt)

    def end(self):
        """Exit code, standard output, and all that the terminal has shown."""
        out = self.process.communicate(timeout=20)[0]
        try:
            while more := os.read(self.here, 4096):
                self.shown += more.decode()
        except OSError:  # the program closed its end
            pass
        os.close(self.here)
        return self.process.returncode, out, self.shown
