"""A real rsyslogd (Debian's, with its OpenSSL driver) that takes RFC 5425 and writes one JSON line a message."""
import json
import socket
import subprocess

from tests.support.console_client import wait_until
from tests.support.tls_files import make_authority, make_certificate

CONFIG = """global(workDirectory="{root}" maxMessageSize="64k" defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{root}/ca.pem" defaultNetstreamDriverCertFile="{root}/server.pem" defaultNetstreamDriverKeyFile="{root}/server.key")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="line" type="list" option.jsonf="on") {{
  property(outname="pri" name="pri" format="jsonf") property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf") property(outname="app" name="app-name" format="jsonf")
  property(outname="procid" name="procid" format="jsonf") property(outname="msgid" name="msgid" format="jsonf")
  property(outname="sd" name="structured-data" format="jsonf") property(outname="msg" name="msg" format="jsonf") }}
input(type="imtcp" address="127.0.0.1" port="{port}" listenPortFileName="{root}/port")
action(type="omfile" file="{root}/messages.json" template="line")
"""


class Rsyslog:
    def __init__(self, root, name):
        self.root, self.process, self.port = root, None, 0
        root.mkdir(parents=True, exist_ok=True)
        make_authority(root)
        make_certificate(root, name)

    def start(self):
        """On a port of the system's choice the first time, and on the same one later."""
        (self.root / "rsyslog.conf").write_text(CONFIG.format(root=self.root, port=self.port))
        with open(self.root / "rsyslog.log", "ab") as log:
            self.process = subprocess.Popen(["rsyslogd", "-n", "-i", str(self.root / "pid"), "-f", str(self.root / "rsyslog.conf")],
                                            stdout=log, stderr=log)
        if not self.port:
            self.port = int(wait_until(lambda: (self.root / "port").read_text().strip(), 20, why="rsyslogd listens"))
        wait_until(lambda: socket.create_connection(("127.0.0.1", self.port)).close() is None, 20, why="rsyslogd listens")

    def messages(self):
        """What it has written so far; a line that is still being written is left for later."""
        file = self.root / "messages.json"
        if not file.exists():
            return []
        return [json.loads(line) for line in file.read_text().split("\n")[:-1]]

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
