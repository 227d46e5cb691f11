"""BusinessSite: a demo site with a business behind the platform, and a page of it on the kiosk's screen.

    kiosk's page ── local API ──> agent ── TLCP ──> platform ── HTTP, loopback ──> stand-in business ──> MariaDB or SQLite

The stand-in is a process of its own (tests/support/stand_in_business.py). MariaDB, with its audit plugin, is taken where it
is installed and can use the site's directory; SQLite otherwise, and then there are no database operations in a timeline."""
import shutil
import subprocess
import sys

from demo.netns import HOSTS
from demo.site import REPO, Site
from tests.support.console_client import wait_until
from tests.support.mariadb import MariaDB

APP_PORT, MATTER, SERVICE = 8671, "residence-permit", "residence"
PORTAL = f"http://{HOSTS['business'][0].split('/')[0]}:8080"
CONNECTOR = """\
name = "{service}"
base = "{scheme}://127.0.0.1:{port}/api"
timeout_ms = {timeout}
{trust}[[matter]]
code = "{matter}"
[[operation]]
method = "POST"
path = "/applications"
[[operation]]
method = "GET"
path = "/applications/{{number}}"
query = ["lang"]
"""
DATABASE = """
[[database]]
name = "business"
audit_log = "{log}"
accounts = ["app"]
tables = ["biz.applicants"]
"""


class BusinessSite(Site):
    back_end_timeout_ms, idle_seconds = 3000, 120
    scheme, trust, tls_words = "http", "", []  # loopback alone does without TLS
    catalogue = REPO / "catalogue"  # of data, for both sides; None: no values of sessions, no vault

    def surround(self):
        super().surround()
        self.database, self.connectors = None, self.root / "connectors.d"
        self.connectors.mkdir(exist_ok=True)
        self.port_file, self.token_file = self.root / "back-end.port", self.root / "kiosk-app" / "token"
        words = self.open_database()
        self.server_extra += f'\n[services]\nconnectors = "{self.connectors}"\n'
        if self.catalogue:
            self.server_top += f'catalogue = "{self.catalogue}"\n'
        self.agent_extra += (f'\n[app]\nlisten = "127.0.0.1:{APP_PORT}"\norigins = ["{PORTAL}"]\ntoken_file = "{self.token_file}"\n'
                             f"idle_seconds = {self.idle_seconds}\n" + (f'catalogue = "{self.catalogue}"\n' if self.catalogue else ""))
        self.start_back_end(words)
        (self.connectors / "residence.toml").write_text(CONNECTOR.format(
            scheme=self.scheme, trust=self.trust, service=SERVICE, matter=MATTER, port=self.port_file.read_text(), timeout=self.back_end_timeout_ms))

    def start_back_end(self, words=None):
        self.back_end_words = words or self.back_end_words
        self.port_file.unlink(missing_ok=True)
        self.spawn("back-end", "platform", [sys.executable, str(REPO / "tests" / "support" / "stand_in_business.py"),
                                            str(self.port_file), *self.tls_words, *self.back_end_words])
        self.wait_while("back-end", lambda: self.port_file.exists() and self.port_file.read_text(), 20, "the stand-in business listens")

    def open_database(self):
        if shutil.which("mariadbd"):
            try:
                directory = self.root / "database"
                self.root.chmod(0o755)
                self.database = MariaDB(directory).start()
                self.database.run("create database biz; create table biz.applicants(number varchar(64) primary key, name varchar(80));"
                                  "create user app@localhost identified by 'x'; grant all on biz.* to app@localhost")
                self.server_extra += DATABASE.format(log=self.database.audit_log)
                return ["mariadb", str(self.database.socket), "app", "x"]
            except (subprocess.SubprocessError, OSError, AssertionError) as problem:
                print(f"==> no MariaDB for the stand-in business ({problem}): SQLite", flush=True)
                self.close_database()
        return ["sqlite", str(self.root / "business.db")]

    def close_database(self):
        if getattr(self, "database", None):
            self.database.stop()
            self.database = None

    def mode(self, word=""):
        """Has the stand-in misbehave: slow, much, error, rude; or behave."""
        self.port_file.with_suffix(".mode").write_text(word)

    def token(self):
        return wait_until(lambda: self.token_file.exists() and self.token_file.read_text(), 20, why="the agent writes its token")

    def more_state(self):
        return {"token_file": str(self.token_file)}

    def stop(self):
        super().stop()
        self.close_database()


__all__ = ["BusinessSite", "APP_PORT", "MATTER", "SERVICE", "PORTAL"]
