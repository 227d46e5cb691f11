"""Site: a whole small city on one machine - platform, one kiosk, a business system, an Internet host - real processes.

Used by `make run`, by the system and browser tests and by the benches. Everything is below one directory; stop() ends
every process and namespace that start() made.
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import uuid

from demo.netns import HOSTS, Network
from demo.relay import Relay
from tests.support.console_client import Console, Refused, wait_until

REPO = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KW_BUILD", REPO / "build"))
LINK_PORT, CONSOLE_PORT, NOTICE_PORT = 8660, 8661, 8670
ACCOUNTS = {"system": "sysadmin", "security": "secadmin", "audit": "auditadmin"}

SERVER_TOML = """\
data_dir = "{data}"
{top}
[console]
listen = "127.0.0.1:{console}"
static_dir = "{static}"

[link]
listen = "{address}:{link}"
advertise = ["{address}:{link}"]
quote_seconds = {quotes}

[administration]
two_persons_at_first = []              # one person shows it all; Settings, Rules lists what takes two
"""
AGENT_TOML = """\
server = "{address}:{link}"
ca = "{ca}"
state_dir = "{state}"
interface = "{interface}"
watch_only = {watch_only}
custodian_phone = "0755-00000000"
user = "daemon"                       # the package makes "kioskward"; every Debian has this one

[notice]
listen = "127.0.0.1:{notice}"
browser = "{browser}"
browser_user = "{browser_user}"

[protect]
files = "watch"                       # the program may be built anew beneath a running demo

[session]
directory = "{root}/session"
print_spool = "{root}/spool"

[tpm]
use = "{tpm_use}"
transport = "{tpm}"
"""


class Site:
    platform_address, interface, watch_only = HOSTS["platform"][0].split("/")[0], "eth0", False
    browser, browser_user = "", ""
    link_port, server_console_port, notice_port = LINK_PORT, CONSOLE_PORT, NOTICE_PORT
    quote_seconds = 600
    custodian, custodian_phone = "张三", "0755-00000000"
    server_top = server_extra = agent_extra = ""  # TOML: keys of no table; tables behind the files' own
    requirements = None  # a catalogue of requirements; None: nothing is judged
    tpm_use, tpm = "off", "device:/dev/tpmrm0"  # a demo leaves its host's TPM alone
    agent_program = BUILD / "bin" / "kioskward-agent"

    def __init__(self, root, prefix="kw", console_port=0):
        self.root = pathlib.Path(root)
        self.net = Network(prefix)
        self.console_port = console_port
        self.processes, self.relay, self.people = {}, None, {}
        self.server_dir, self.agent_dir = self.root / "server", self.root / "kiosk"

    # ---- the machine -------------------------------------------------------------------------------------------
    def start(self, fresh=True):
        if fresh and self.root.exists():
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.agent_dir.mkdir(exist_ok=True)
        self.surround()
        self.start_server()
        self.open_console()
        self.wait_server()
        (self.root / "site.json").write_text(json.dumps({"prefix": self.net.prefix, "console": self.url()}))
        return self

    def surround(self):
        """Makes what stands around platform and kiosk."""
        self.net.up()
        for host in ("business", "internet"):
            self.spawn(host, host, [sys.executable, str(REPO / "demo" / "services.py"), host])

    def open_console(self):
        self.relay = Relay(self.net, "platform", self.server_console_port, self.console_port)
        self.console_port = self.relay.port

    def stop(self):
        for name in list(self.processes):
            self.end(name, signal.SIGTERM)
        if self.relay:
            self.relay.close()
        self.net.down()
        (self.root / "site.json").unlink(missing_ok=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def url(self):
        return f"http://127.0.0.1:{self.console_port}"

    # ---- processes ---------------------------------------------------------------------------------------------
    def spawn(self, name, host, argv, machine_id=None):
        """Starts a program inside a host's namespaces; a machine-id of its own is bound over the file it reads."""
        log = open(self.root / f"{name}.log", "ab")
        inner = ["ip", "netns", "exec", self.net.ns(host), *argv]
        if machine_id:
            file = self.root / f"{host}.machine-id"
            file.write_text(machine_id + "\n")
            inner = ["unshare", "-m", "sh", "-c",
                     'mount --make-rprivate / && mount --bind "$0" /etc/machine-id && exec "$@"', str(file), *inner]
        self.processes[name] = subprocess.Popen(inner, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=REPO)
        log.close()
        return self.processes[name]

    def end(self, name, sig=signal.SIGKILL, seconds=15):
        process = self.processes.pop(name, None)
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(sig)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name):
        path = self.root / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start_server(self):
        self.server_dir.mkdir(exist_ok=True)
        config = self.root / "server.toml"
        config.write_text(SERVER_TOML.format(data=self.server_dir, console=self.server_console_port,
                                             link=self.link_port, static=REPO / "console" / "dist", address=self.platform_address,
                                             quotes=self.quote_seconds, top=self.server_top)
                          + (f'\n[compliance]\ncatalogue = "{self.requirements}"\n' if self.requirements else "") + self.server_extra)
        self.spawn("server", "platform", [str(BUILD / "bin" / "kioskward-server"), "--config", str(config)])
        if self.relay:
            self.wait_server()

    def wait_server(self):
        self.wait_while("server", lambda: Console(self.console_port).get("/health")["status"] == "ok", 30, "the server answers")

    def wait_while(self, name, what, seconds, why):
        """Waits for what() for as long as the process `name` runs; its log's end says why it does not."""
        def look():
            if self.processes[name].poll() is not None:
                raise RuntimeError(f"{name} ended: {self.log(name)[-600:].strip()}")
            return what()
        return wait_until(look, seconds, why=why)

    def agent_config(self, state=None, name="agent", plain=False):
        """`plain`: a further kiosk, with directories of its own and nothing beside the agent."""
        config = self.root / f"{name}.toml"
        config.write_text(AGENT_TOML.format(address=self.platform_address, link=self.link_port, notice=self.notice_port,
                                            interface=self.interface, watch_only=str(self.watch_only).lower(),
                                            browser=self.browser, browser_user=self.browser_user,
                                            ca=self.server_dir / "ca.pem", root=state if plain else self.root,
                                            state=state or self.agent_dir, tpm_use=self.tpm_use, tpm=self.tpm)
                          + ("" if plain else self.agent_extra))
        return config

    def machine_id(self, host="kiosk"):
        return uuid.uuid5(uuid.NAMESPACE_DNS, f"kioskward-demo-{host}").hex

    def start_agent(self, host="kiosk", state=None, name="agent", machine_id=None, **config):
        return self.spawn(name, host, [str(self.agent_program), "run", "--config", str(self.agent_config(state, name, **config))],
                          machine_id or self.machine_id(host))

    def binding(self, host):
        address, gateway, _, _ = HOSTS[host]
        return {"address": address, "gateway": gateway, "mac": self.net.mac(host)}

    # ---- people ------------------------------------------------------------------------------------------------
    def one_time_passwords(self):
        text = (self.server_dir / "first-credentials.txt").read_text()
        return {account: re.search(rf"{account}\s+(\S+)", text).group(1) for account in ACCOUNTS.values()}

    def activate(self):
        """Activates the three first administrators; returns {role: Console}."""
        once = self.one_time_passwords()
        for role, account in ACCOUNTS.items():
            console = Console(self.console_port)
            console.password = "Kw-" + secrets.token_urlsafe(12) + "-9a"
            self.people[role] = console.activate(account, once[account], console.password)
        return self.people

    # ---- the road ----------------------------------------------------------------------------------------------
    def first_site(self):
        security = self.people["security"]
        sites = security.get("/sites")["items"]
        return sites[0]["id"] if sites else security.post(
            "/sites", {"name": "市民中心服务大厅", "district": "福田区", "address": "demo"})["id"]

    def enrol(self, host="kiosk", name="demo kiosk", state=None, approve=True, place=None):
        """Token, enrolment, approval: returns the device's ID. `place`: ID, custodian, phone where it is not the first site."""
        security = self.people["security"]
        site, custodian, phone = place or (self.first_site(), self.custodian, self.custodian_phone)
        token = security.post("/enrol-tokens", {"site": site, "valid_minutes": 30, "note": "demo"})["token"]
        process = self.spawn(f"enrol-{host}", host, [
            str(BUILD / "bin" / "kioskward-agent"), "enrol", "--config", str(self.agent_config(state, f"enrol-{host}")),
            "--token", token, "--wait", "60"], self.machine_id(host))
        address = self.binding(host)["address"].split("/")[0]
        waiting = self.wait_while(f"enrol-{host}", lambda: next(
            (e for e in security.get("/enrolments?state=pending")["items"] if e["peer"].split(":")[0] == address), None),
            20, "the enrolment arrives")
        if not approve:
            return waiting
        done = security.post(f"/enrolments/{waiting['id']}/approve", {
            "name": name, "site": site, **self.binding(host), "custodian": custodian, "custodian_phone": phone})
        if process.wait(30) != 0:
            raise RuntimeError(f"enrol ended with {process.returncode}: {self.log(f'enrol-{host}')}")
        del self.processes[f"enrol-{host}"]
        return done["device"]

    def prepare(self):
        """Walks the road once with the first administrators, then invites the people who will try the demo."""
        self.activate()
        device = self.place_kiosk()
        system, invited = self.people["system"], {}
        for role in ACCOUNTS:
            invited[f"{role}.demo"] = system.invite(self.people["security"], f"{role}.demo", f"demo-{role}", role,
                                                    f"demo {role} administrator")
        (self.root / "site.json").write_text(json.dumps(
            {"prefix": self.net.prefix, "console": self.url(), "device": device, "invited": invited, **self.more_state()}))
        return invited

    def more_state(self):
        """What else somebody needs to know who finds the site by its file."""
        return {}

    def place_kiosk(self):
        device = self.enrol()
        self.publish()
        self.start_agent()
        self.wait_device(device, "the kiosk is on line and obeys", lambda d: d["policy_revision"] == d["policy_wanted"] > 0)
        return device

    def publish(self, network=None, note="demo", defence=None):
        """Publishes the network part and, where given, the sections of the kiosk's defence."""
        security = self.people["security"]
        revisions = security.get("/policies")["items"]
        in_force = next((r["revision"] for r in revisions if r["state"] == "published"), 0)
        return security.post("/policies", {"base_revision": in_force,
                                           "network": network or demo_policy(), "note": note,
                                           **({} if defence is None else {"defence": defence})})

    def device(self, device):
        return self.people["security"].get(f"/devices/{device}")["device"]

    def entries(self, device, kind, **params):
        """What the ledger holds of a kiosk, newest first: entries of a type, with these parameters."""
        items = self.people["audit"].get(f"/audit?limit=500&type={kind}&device={device}")["items"]
        return [e for e in items if all(e["params"].get(key) == str(value) for key, value in params.items())]

    def facts(self, device):
        return {f["key"]: f["value"] for f in self.people["security"].get(f"/devices/{device}")["facts"]}

    def show_logs(self, test, octets=2500):
        """For a test's tearDown: what platform and kiosk said last, where the test failed."""
        result = getattr(test._outcome, "result", None)
        if any(problem for _, problem in getattr(result, "errors", []) + getattr(result, "failures", [])):
            print("".join(f"---- {name}.log\n{self.log(name)[-octets:]}\n" for name in ("server", "agent")), flush=True)

    def wait_device(self, device, why, test, seconds=20):
        return wait_until(lambda: (d := self.device(device)) and test(d) and d, seconds, why=why)

    def run_in(self, host, *argv, seconds=10):
        """Runs a program in a host's namespace and gives what it said."""
        return subprocess.run(["ip", "netns", "exec", self.net.ns(host), *argv], capture_output=True, text=True,
                              timeout=seconds, check=False)

    def reaches_business(self):
        business = HOSTS["business"][0].split("/")[0]
        return self.run_in("kiosk", "curl", "-s", "-m", "1", f"http://{business}:8080/").returncode == 0

    def calm(self, device, reason="demo"):
        """Brings the kiosk back to normal: released, on line, the business system within reach."""
        released = set()

        def settled():
            now = self.device(device)
            if now["live"] == "cut" and now["case_id"] not in released:
                released.add(now["case_id"])
                self.people["security"].post(f"/devices/{device}/release", {"reason": reason})
            return now["live"] == "online" and self.reaches_business()
        wait_until(settled, 30, 0.1, "the kiosk is released and on line")

    def alarms(self, device=None):
        query = f"&device={device}" if device else ""
        return self.people["security"].get(f"/alarms?limit=500{query}")["items"]


def demo_policy(mode="enforce"):
    """What the demo's kiosk may do: its business system, nothing else."""
    return {
        "mode": mode,
        "allow_out": [
            {"name": "business", "address": "198.18.10.20", "protocol": "tcp", "ports": ["8080"]},
            {"name": "business-udp", "address": "198.18.10.20", "protocol": "udp", "ports": ["9000"]},
        ],
        "allow_in": [],
        "tolerate": [{"name": "gateway-probe", "address": "198.18.10.1", "protocol": "udp", "ports": ["9"]}],
        "cut": {"on_illegal_outbound": True, "on_interface_change": True, "on_identity_change": True,
                "leave_platform_channel": True},
    }


__all__ = ["Site", "Refused", "demo_policy", "wait_until"]
