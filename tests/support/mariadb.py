"""MariaDB: a real server of Debian's in a directory of its own, with its audit plugin writing a file; no network."""
import os
import pathlib
import shutil
import subprocess

from tests.support.console_client import wait_until


class MariaDB:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.socket, self.audit_log = self.directory / "s.sock", self.directory / "data" / "server_audit.log"
        self.process = None

    def start(self):
        self.directory.mkdir(parents=True)
        shutil.chown(self.directory, "mysql")
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={self.directory / 'data'}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True, timeout=120)
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen([
                "mariadbd", "--no-defaults", "--user=mysql", f"--datadir={self.directory / 'data'}", f"--socket={self.socket}",
                "--skip-networking", f"--pid-file={self.directory / 'pid'}", "--plugin-load-add=server_audit",
                "--server-audit-logging=ON", "--server-audit-events=CONNECT,QUERY,TABLE",
                f"--server-audit-file-path={self.audit_log}"], stdout=log, stderr=log)
        wait_until(lambda: self.run("select 1", check=False).returncode == 0, 60, why="the database answers")
        return self

    def run(self, sql, user="root", password=None, check=True):
        """As somebody with a client would; comments are sent, as programs' connectors send them."""
        return subprocess.run(["mariadb", "--no-defaults", "--comments", f"--socket={self.socket}", f"--user={user}",
                               *([f"--password={password}"] if password else []), "-e", sql],
                              capture_output=True, text=True, timeout=30, check=check, env={**os.environ, "HOME": str(self.directory)})

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
