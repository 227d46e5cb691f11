"""Cases put and read through the API, and a rotation while they are read. Everything is real: server, store with its syncs, ledger.

usage: vault_api_bench.py [--smoke] [--cases N] [--batch N] [--clients N]     default 10,000 cases, 250 a call, 2 clients

Prints for each act: cases a second over all clients (median of three rounds), and what one case alone takes. A case has seven values,
four of them fields with keys of their own, two with a blind index. One file of 64 MiB goes up in parts (JSON, base64) and comes down whole. Loopback, no TLS; the load ends by itself.
"""
import argparse
import base64
import concurrent.futures
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo.site import ACCOUNTS, BUILD, REPO  # noqa: E402  the path above must come first
from tests.support.console_client import Console, wait_until  # noqa: E402  the path above must come first
from tests.support.markers import id_number  # noqa: E402  the path above must come first

MATTER = "residence-permit"
CONFIG = """\
data_dir = "{data}"
catalogue = "{catalogue}"
[console]
listen = "127.0.0.1:{console}"
[link]
listen = "127.0.0.1:{link}"
advertise = ["127.0.0.1:{link}"]
[administration]
two_persons_at_first = []
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


class Bench:
    def __init__(self, root):
        self.root, self.port = pathlib.Path(root), free_port()
        self.data = self.root / "server"
        config = self.root / "server.toml"
        config.write_text(CONFIG.format(data=self.data, catalogue=REPO / "catalogue", console=self.port, link=free_port()))
        with open(self.root / "server.log", "ab") as log:
            self.server = subprocess.Popen([str(BUILD / "bin" / "kioskward-server"), "--config", str(config)], stdout=log, stderr=log)
        self.people = {}
        try:
            self.prepare()
        except BaseException:
            self.close()
            raise

    def prepare(self):
        wait_until(self.answers, 30, why="the server answers")
        once = (self.data / "first-credentials.txt").read_text()
        for role, account in ACCOUNTS.items():
            password = next(line.split()[-1] for line in once.splitlines() if line.strip().startswith(account))
            self.people[role] = self.activated(account, password)
        invited = self.people["system"].invite(self.people["security"], "counter", "P-9", "operator")
        self.people["operator"] = self.activated("counter", invited)
        self.site = self.people["security"].post("/sites", {"name": "bench", "district": "福田区", "address": "bench"})["id"]

    def answers(self):
        try:
            return Console(self.port).get("/health")["status"] == "ok"
        except OSError:
            return False

    def activated(self, account, once):
        console = Console(self.port)
        console.password = "Kw-Zx81-Qv54-Lm27"
        return console.activate(account, once, console.password)

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(20)


def case(number):
    return {"number": f"A-{number}", "status": "accepted", "values": {
        "holder_name": "欧阳予倩", "id_number": id_number(number % 1000), "phone": f"139{number % 10**8:08d}",
        "address": f"广东省深圳市南山区深南大道{number}号", "sex": "女", "ground": "连续就读", "valid_until": "2027-11-30"}}


def per_second(count, clients, work):
    """work(which) on each client's thread, once: cases a second over all of them."""
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    return count / (time.perf_counter() - began)


def file_times(console, terms, case_id, mib):
    """A file of random octets, stored and read back: octets, seconds and how, by name."""
    content, piece = os.urandom(mib << 20), 704 << 10
    parts = [base64.b64encode(content[at:at + piece]).decode() for at in range(0, len(content), piece)]
    began, upload = time.perf_counter(), {}
    for number, part in enumerate(parts):
        done = console.post(f"/vault/{MATTER}/files", {**terms, "id": case_id, "field": "photo", **upload, "part": number,
                                                       "last": number + 1 == len(parts), "data_base64": part})
        upload = {"upload": done["upload"]}
    put = time.perf_counter() - began
    query = urllib.parse.urlencode({**terms, "purpose": "listing"})
    path = f"/vault/{MATTER}/{case_id}/files/photo?{query}"
    began = time.perf_counter()
    assert console.exchange("GET", path)[0] == content
    got = time.perf_counter() - began
    began, asked = time.perf_counter(), 200
    for i in range(asked):
        at = i * 506_816 % (len(content) - 100)
        assert console.exchange("GET", f"{path}&offset={at}&length=100")[0] == content[at:at + 100]
    apart = time.perf_counter() - began
    return {"file, up": (len(content), put, f"{len(parts)} parts of 704 KiB"), "file, down": (len(content), got, "whole"),
            "file, 100 octets of it": (asked << 16, apart, f"{1e3 * apart / asked:.2f} ms each")}


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--smoke", action="store_true")
    words.add_argument("--cases", type=int, default=10_000)
    words.add_argument("--batch", type=int, default=250)
    words.add_argument("--clients", type=int, default=2)
    args = words.parse_args()
    if args.smoke:
        args.cases, args.batch = 400, 100
    root, bench = tempfile.mkdtemp(prefix="kwvault-"), None
    terms = {"purpose": "entry", "consent": "C-2026-1"}
    try:
        bench = Bench(root)
        consoles = [bench.people["operator"]] * args.clients
        share = args.cases // args.clients // args.batch
        ids = [[] for _ in consoles]

        def put(which):
            for batch in range(share):
                first = (which * share + batch) * args.batch
                done = consoles[which].post(f"/vault/{MATTER}/cases", {
                    **terms, "site": bench.site, "cases": [case(first + i) for i in range(args.batch)]})
                ids[which].append([one["id"] for one in done["items"]])

        def get(which):
            for batch in ids[which][-share:]:
                got = consoles[which].post(f"/vault/{MATTER}/get", {**terms, "purpose": "listing", "ids": batch[:250]})
                assert len(got["items"]) == min(250, len(batch))
        total, rounds = share * args.batch * args.clients, 1 if args.smoke else 3
        for name, work in (("put", put), ("get", get)):
            rates = [per_second(total, args.clients, work) for _ in range(rounds)]
            print(f"{name:<30} {statistics.median(rates):>10,.0f} cases/s   {args.batch} a call, {args.clients} clients", flush=True)
        alone = []
        for i in range(20 if args.smoke else 200):
            began = time.perf_counter()
            consoles[0].post(f"/vault/{MATTER}/cases", {**terms, "site": bench.site, "cases": [case(i)]})
            alone.append(time.perf_counter() - began)
        print(f"{'put, one a call':<30} {1e3 * statistics.median(alone):>10.2f} ms median   {1e3 * sorted(alone)[len(alone) * 99 // 100]:.2f} ms p99")
        stored = sum(matter["cases"] for matter in bench.people["security"].get("/vault")["matters"])
        bench.people["security"].post("/vault/rotations", {"matter": MATTER, "district": "福田区"})
        began, waits = time.perf_counter(), []
        while True:
            asked = time.perf_counter()
            consoles[0].post(f"/vault/{MATTER}/get", {**terms, "purpose": "listing", "ids": ids[0][0][:1]})
            waits.append(time.perf_counter() - asked)
            if all(one["ended"] for one in bench.people["security"].get("/vault")["rotations"]):
                break
        took = time.perf_counter() - began
        print(f"{'rotation while reading':<30} {stored / took:>10,.0f} cases/s   {stored:,} cases, {took:.1f} s; a read meanwhile "
              f"{1e3 * statistics.median(waits):.2f} ms median, {1e3 * max(waits):.1f} ms worst")
        for name, took in file_times(consoles[0], terms, ids[0][0][0], 8 if args.smoke else 64).items():
            print(f"{name:<30} {took[0] / took[1] / 1e6:>10,.1f} MB/s   {took[0] / 2**20:.0f} MiB, {took[2]}")
        findings = bench.people["security"].get("/vault")["findings"]
        assert findings == [], findings
        octets = sum(file.stat().st_size for file in bench.data.glob("kioskward.db*"))
        print(f"{'store':<30} {octets / stored:>10,.0f} octets a case")
    finally:
        if bench:
            bench.close()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
