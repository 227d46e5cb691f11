"""A business behind the platform: an HTTP service of its own that writes to a real database, each statement with its trace.

    stand_in_business.py PORT_FILE [--tls CERTIFICATE KEY CA] sqlite FILE | mariadb SOCKET USER PASSWORD

It listens on a free port of 127.0.0.1 and writes the number to PORT_FILE. Every request must carry traceparent (W3C Trace
Context), X-Kw-Terminal and X-Kw-Session; the statement carries /*kw:TRACE-SPAN*/ (docs/design/database-audit.md). What it
heard goes to PORT_FILE.heard, one JSON a line. A file PORT_FILE.mode makes it misbehave: slow, much, error, rude.
Standard library only; MariaDB through its own client."""
import http.server
import json
import pathlib
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time

PARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
MUCH = 1 << 20
HOLDER = {"data": {"holder": {"name": "欧阳若溪", "phone": "13987654321"}}, "addresses": ["广东省深圳市福田区福中路一号"], "clerk": "上官若水"}


class Sqlite:
    def __init__(self, path):
        self.base, self.lock = sqlite3.connect(path, check_same_thread=False), threading.Lock()
        self.base.execute("create table if not exists applications (number text primary key, name text, statement text)")
        self.base.commit()

    def write(self, number, name, mark):
        with self.lock:
            statement = f"insert {mark} into applications values (?, ?, ?)"
            self.base.execute(statement, (number, name, statement))
            self.base.commit()

    def read(self, number, mark):
        with self.lock:
            row = self.base.execute(f"select {mark} name from applications where number = ?", (number,)).fetchone()
        return row and row[0]


class Mariadb:
    def __init__(self, socket, user, password):
        self.words = ["mariadb", "--no-defaults", "--comments", f"--socket={socket}", f"--user={user}", f"--password={password}", "-N", "-B", "biz", "-e"]

    def run(self, sql):
        return subprocess.run([*self.words, sql], capture_output=True, text=True, timeout=20, check=True).stdout.strip()

    @staticmethod
    def quoted(text):
        return "x'" + text.encode().hex() + "'"

    def write(self, number, name, mark):
        self.run(f"insert {mark} into applicants (number, name) values ({self.quoted(number)}, {self.quoted(name)})")

    def read(self, number, mark):
        return self.run(f"select {mark} name from applicants where number = {self.quoted(number)}") or None


class Handler(http.server.BaseHTTPRequestHandler):
    base, files = None, None

    def mode(self):
        file = self.files.with_suffix(".mode")
        return file.read_text().strip() if file.exists() else ""

    def answer(self, status, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        parent = PARENT.match(self.headers.get("traceparent", ""))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(self.files.with_suffix(".heard"), "a", encoding="utf-8") as heard:
            print(json.dumps({"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                              "body": body.decode()}), file=heard, flush=True)
        if not parent or not self.headers.get("X-Kw-Terminal") or not self.headers.get("X-Kw-Session"):
            return self.answer(400, {"error": "no trace"})
        mode, mark = self.mode(), f"/*kw:{parent[1]}-{parent[2]}*/"
        if mode == "slow":
            time.sleep(30)  # the caller's time-out is what is tried; nobody waits for this
        if mode == "much":
            return self.answer(200, b"x" * MUCH)
        if mode == "error":
            return self.answer(500, {"error": "broken"})
        if mode == "rude":
            return self.wfile.write(b"NOT HTTP AT ALL\r\n\r\n")
        if self.command == "POST" and self.path == "/api/applications":
            number = f"A-{parent[2]}"
            self.base.write(number, json.loads(body)["name"], mark)
            return self.answer(201, {"number": number})
        if self.path.startswith("/api/holders/"):
            return self.answer(200, HOLDER)
        found = re.fullmatch(r"/api/applications/([A-Za-z0-9-]+)(\?lang=\w+)?", self.path)
        name = found and self.base.read(found[1], mark)
        return self.answer(200, {"name": name}) if name else self.answer(404, {"error": "none"})

    do_GET = do_POST = do_DELETE = serve

    def log_message(self, *_):
        """Heard above."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    context = None

    def finish_request(self, request, client_address):
        """The handshake is the connection's own thread's: one that does not come holds up nobody."""
        if self.context:
            request.settimeout(10)
            raw = request.dup()
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError) as problem:
                with open(Handler.files.with_suffix(".refused"), "a", encoding="utf-8") as out:
                    print(problem, file=out, flush=True)
                # Closing over unread octets would take the alert back (TCP reset).
                with raw:
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
                return
            raw.close()
        super().finish_request(request, client_address)


def mutual_tls(certificate, key, authority):
    out = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    out.load_cert_chain(certificate, key)
    out.load_verify_locations(authority)
    out.verify_mode = ssl.CERT_REQUIRED
    return out


def main(words):
    Handler.files = pathlib.Path(words.pop(0))
    if words[0] == "--tls":
        Server.context, words = mutual_tls(*words[1:4]), words[4:]
    Handler.base = {"sqlite": Sqlite, "mariadb": Mariadb}[words[0]](*words[1:])
    server = Server(("127.0.0.1", 0), Handler)
    Handler.files.write_text(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
