"""A platform alone on loopback, without namespaces and kiosks: for tests of what people and machines may do with the API."""
import pathlib
import secrets
import shutil
import subprocess
import tempfile

from demo.site import BUILD, REPO
from demo.watch_only import free_ports
from tests.support.console_client import Console, wait_until

FIRST = {"system": "sysadmin", "security": "secadmin", "audit": "auditadmin"}
TOML = """\
data_dir = "{data}"
{catalogue}
[console]
listen = "127.0.0.1:{console}"
static_dir = "{static}"
client_certificate_header = "X-Client-Cert"

[link]
listen = "127.0.0.1:{link}"
advertise = ["198.18.20.2:8660"]

[administration]
breached_passwords = "{breached}"
two_persons_at_first = []

{more}"""


class Platform:
    """With the first three administrators, activated: people["system"], ["security"], ["audit"]. `more` is added to the
    configuration, with {root} and {console} filled in; `prepare` gets the directory before the server starts. With a
    `catalogue` (a directory) there is a vault. It is ended and started again by end(), configure(more) and start()."""

    def __init__(self, breached="", more="", prepare=None, catalogue=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kw-platform-"))
        (self.port, self.link), self.people = free_ports("127.0.0.1", "127.0.0.1"), {}
        self.catalogue, self.config, self.log = catalogue, self.root / "server.toml", self.root / "server.log"
        (self.root / "breached.txt").write_text(breached)
        if prepare:
            prepare(self.root)
        self.configure(more)
        try:
            self.start()
            once = dict(line.split() for line in (self.root / "data" / "first-credentials.txt").read_text().splitlines()
                        if not line.startswith("#"))
            for role, account in FIRST.items():
                self.people[role] = self.console().activate(account, once[account], self.password())
        except BaseException:
            self.stop()
            raise

    def configure(self, more=""):
        """Writes the configuration; it counts from the next start on."""
        self.config.write_text(TOML.format(data=self.root / "data", console=self.port, link=self.link,
                                           static=REPO / "console" / "dist", breached=self.root / "breached.txt",
                                           catalogue=f'catalogue = "{self.catalogue}"\n' if self.catalogue else "",
                                           more=more.format(root=self.root, console=self.port)))

    def command(self, *words):
        """Runs the server's program with this configuration to its end; for what it does at rest, and for refusals."""
        return subprocess.run([str(BUILD / "bin" / "kioskward-server"), "--config", str(self.config), *words],
                              capture_output=True, text=True, timeout=60, check=False)

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(BUILD / "bin" / "kioskward-server"), "--config", str(self.config)], stdout=log,
                                            stderr=log)
        wait_until(self.answers, 30, why="the server answers")

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended: {self.log.read_text()[-600:]}")
        try:
            return self.console().get("/health")["status"] == "ok"
        except OSError:
            return False

    @staticmethod
    def password():
        return "Kw-" + secrets.token_urlsafe(12) + "-9a"

    def console(self):
        return Console(self.port)

    def person(self, account, role, **more):
        """A new person: asked for, approved, invited, activated."""
        once = self.people["system"].invite(self.people["security"], account, f"staff-{account}", role, **more)
        return self.console().activate(account, once, self.password())

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def stop(self):
        self.end()
        shutil.rmtree(self.root, ignore_errors=True)
