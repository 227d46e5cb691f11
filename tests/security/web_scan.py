"""Scanners against the API: wapiti and sqlmap, as separate programs, with an administrator's session, bounded in time.

They have to find nothing, and they have to have asked: a scan that reached the API with no request is a failure. Before
them a page that is wrong on purpose shows that the scanners find what is there.

usage: tests/security/web_scan.py [SECONDS_EACH]     (make security-test installs the scanners and runs it)
"""
import http.server
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from tests.support.platform import Platform  # noqa: E402  the path above must come first

ID = "0" * 31 + "1"
# What the three may ask with words of theirs in path, query and body. "*" marks where sqlmap puts its own.
SQLMAP = [
    ("security", "GET", "/devices?q=kiosk*&limit=5", None),
    ("security", "GET", "/devices?state=online&site=*", None),
    ("security", "GET", "/devices/*", None),
    ("security", "GET", "/alarms?state=open*&limit=5", None),
    ("audit", "GET", "/audit?type=admin.login*&person=sysadmin&limit=5", None),
    ("audit", "GET", "/audit?person=sysadmin*&limit=5", None),
    ("system", "GET", "/requests/*", None),
    ("system", "POST", "/regions", '{"parent":"' + ID + '","name":"n*","kind":"district"}'),
    ("security", "POST", "/sites", '{"name":"n*","district":"","address":"a"}'),
]
WAPITI = ["/devices?q=kiosk&state=online&limit=5&cursor=" + ID, "/alarms?state=open&limit=5", "/requests?state=waiting",
          "/enrolments?state=pending", "/overview", "/sites", "/regions", "/settings", "/api-tokens"]
MODULES = "sql,xss,exec,file,crlf,redirect,csp,cookieflags,backup,methods"


def headers_of(console):
    return [f"Cookie: {console.cookie}", f"X-Kw-Csrf: {console.csrf}"]


def run(command, seconds):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False).stdout
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode() if isinstance(late.stdout, bytes) else late.stdout or ""


def sqlmap(root, url, headers, body, seconds):
    """What sqlmap says it found, and how many requests it sent."""
    command = ["sqlmap", "-u", url, "--batch", "--level=2", "--risk=1", "--technique=BEUT", "--time-sec=2", "--threads=2",
               "--flush-session", "--disable-coloring", "--ignore-code=400,404,422", f"--output-dir={root}", "-v", "3",
               "--headers=" + "\n".join([*headers, *(["Content-Type: application/json"] if body else [])])]
    text = run(command + (["--data", body, "--method", "POST"] if body else []), seconds)
    found = re.findall(r"^Parameter: .*|.*is vulnerable.*|.*injectable with.*", text, re.M)
    return [f for f in found if "might not be" not in f], len(re.findall(r"\[PAYLOAD\]", text)), text


def wapiti(root, base, urls, headers, seconds):
    """What wapiti says it found, and how many requests it sent."""
    report = pathlib.Path(root) / "wapiti.json"
    command = ["wapiti", "-u", base + "/", "--scope", "folder", "-m", MODULES, "--max-scan-time", str(seconds // 60 + 1),
               "--flush-session", "--flush-attacks", "--no-bugreport", "-f", "json", "-o", str(report), "-v", "2",
               "--store-session", str(root)]
    for url in urls:
        command += ["-s", base + url]
    for header in headers:
        command += ["-H", header]
    text = run(command, seconds + 120)
    if not report.exists():
        return ["no report"], 0, text
    said = json.loads(report.read_text())
    found = [f"{kind}: {one['method']} {one['path']} {one['info']}" for group in ("vulnerabilities", "anomalies")
             for kind, ones in said[group].items() for one in ones]
    return found, len(re.findall(r"\[¨\]|GET http|^\[\*\] Launching module", text, re.M)), text


class Leaky(http.server.BaseHTTPRequestHandler):
    """A page with the defect that sqlmap looks for."""

    def do_GET(self):  # the library's name
        word = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("q", [""])[0]
        base = sqlite3.connect(":memory:")
        base.execute("CREATE TABLE t (n TEXT)")
        base.execute("INSERT INTO t VALUES ('kiosk')")
        try:
            text = json.dumps(base.execute(f"SELECT n FROM t WHERE n = '{word}'").fetchall())
        except sqlite3.Error as error:
            text = f"SQLite error: {error}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<html><body>{text}</body></html>".encode())

    def log_message(self, *words):
        pass


def leaky_is_found(root, seconds):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Leaky) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found, _, text = sqlmap(root, f"http://127.0.0.1:{server.server_address[1]}/?q=kiosk*", [], None, seconds)
        server.shutdown()
    if not found:
        print(text[-1500:])
    return bool(found)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for program in ("wapiti", "sqlmap"):
        if not shutil.which(program):
            print(f"{program} is not installed: make security-test does it")
            return 2
    failed = 0
    root = tempfile.mkdtemp(prefix="kw-scan-")
    platform = Platform()
    try:
        if leaky_is_found(root, 120):
            print("sqlmap finds the defect of a page that has one")
        else:
            failed += 1
            print("FAILED: sqlmap does not find the defect of a page that has one")
        base = f"http://127.0.0.1:{platform.port}/api/v1"
        for role, method, path, body in SQLMAP:
            found, asked, text = sqlmap(root, base + path, headers_of(platform.people[role]), body, seconds)
            bad = bool(found) or asked == 0
            failed += bad
            print(f"{'FAILED' if bad else 'nothing'}: sqlmap {method} {path}: {asked} requests {found or ''}", flush=True)
            if bad:
                print(text[-1500:])
            platform.people[role].get("/session")  # the session lives, or the scan asked nobody
        for role in platform.people:
            found, asked, text = wapiti(root, base, WAPITI, headers_of(platform.people[role]), seconds)
            bad = bool(found) or asked == 0
            failed += bad
            print(f"{'FAILED' if bad else 'nothing'}: wapiti as {role}: {asked} {found or ''}", flush=True)
            if bad:
                print(text[-1500:])
            platform.people[role].get("/session")
        log = platform.log.read_text()
        if "api.failed" in log:
            failed += 1
            print("FAILED: something broke inside:", [line for line in log.splitlines() if "api.failed" in line][:3])
        if platform.process.poll() is not None:
            failed += 1
            print("FAILED: the server ended")
    finally:
        platform.stop()
        shutil.rmtree(root, ignore_errors=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
