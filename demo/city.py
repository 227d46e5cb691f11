"""City: many sites and kiosks on one platform - a few real agents, the others simulated by bench/fleet.

    city = City(site)           # a started demo site whose first administrators are active
    city.settle()               # sites, tokens, enrolments, approvals; ends when every kiosk is on line
    city.figures()              # what the simulator has done so far

The scenario is data (demo/city.toml; keys: docs/design/fleet.md). Simulated kiosks share one namespace, where each has an
address of its own; real agents have a namespace each. The first real one is the site's own kiosk, which is there already.
"""
import datetime
import json
import os
import pathlib
import signal
import time
import tomllib

from demo.netns import CITY_GATEWAY
from demo.site import BUILD, REPO
from tests.support.console_client import wait_until

SCENARIO = REPO / "demo" / "city.toml"
PROGRAM = BUILD / "bench" / "kioskward-fleet"
HANDLED = datetime.timedelta(days=2)  # what is older has been seen to


def wanted():
    """KW_CITY=0 leaves the city out."""
    return os.environ.get("KW_CITY", "1") != "0"


class City:
    def __init__(self, site, scenario=SCENARIO):
        self.site, self.scenario = site, pathlib.Path(scenario)
        self.sites = tomllib.loads(self.scenario.read_text())["site"]
        self.kiosks = {kiosk["address"]: (kiosk, place) for place in self.sites for kiosk in place.get("kiosk", [])}
        self.devices, self.ids, self.took = {}, {}, 0.0

    @property
    def security(self):
        return self.site.people["security"]

    def simulated(self):
        return {address: both for address, both in self.kiosks.items() if not both[0].get("real")}

    def real(self):
        return [both for both in self.kiosks.values() if both[0].get("real")]

    # ---- how it comes to be ------------------------------------------------------------------------------------
    def settle(self, *words, seconds=120, online=True):
        """`words` go to the simulator; without `online`, it is not waited for: the fleet only comes and goes."""
        began = time.monotonic()
        self.make_sites()
        self.start_fleet(self.make_tokens(), *words)
        self.approve(seconds)
        self.place_agents()
        self.wait_fleet(lambda f: f["admitted"] >= len(self.simulated()), seconds, "every simulated kiosk was admitted")
        if online:
            self.wait_fleet(lambda f: f["events"] == f["acknowledged"], seconds, "what they brought is in the ledger")
            self.see_to_the_past()
        for kiosk, _ in self.real()[1:]:
            self.site.wait_device(self.devices[kiosk["address"]], f"{kiosk['name']} is on line", lambda d: d["live"] == "online")
        self.took = time.monotonic() - began
        return self

    def make_sites(self):
        """Sites of the scenario; one that is there already is taken by its name."""
        there = {one["name"]: one["id"] for one in self.security.get("/sites")["items"]}
        for place in self.sites:
            name = place["name"]
            self.ids[name] = there.get(name) or self.security.post(
                "/sites", {key: place[key] for key in ("name", "district", "address") if key in place} | {
                    "address": place.get("address", "")})["id"]

    def make_tokens(self):
        """A one-time token for each simulated kiosk, in a file that only its owner reads."""
        file = self.site.root / "fleet.tokens"
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            for address, (_, place) in self.simulated().items():
                made = self.security.post("/enrol-tokens", {"site": self.ids[place["name"]], "valid_minutes": 30, "note": "fleet"})
                out.write(f"{address} {made['token']}\n")
        return file

    def start_fleet(self, tokens, *words):
        self.site.net.add_city(self.simulated())
        self.site.spawn("fleet", "fleet", [
            str(PROGRAM), "--scenario", str(self.scenario), "--server", f"{self.site.platform_address}:{self.site.link_port}",
            "--ca", str(self.site.server_dir / "ca.pem"), "--tokens", str(tokens), "--report", "1", *words])

    def approve(self, seconds):
        """Approves what the simulated kiosks ask, as a security administrator who has the list beside him."""
        left = dict(self.simulated())

        def look():
            for one in self.security.get("/enrolments?state=pending")["items"]:
                kiosk, place = left.pop(one["address"], (None, None))
                if kiosk is None:
                    continue
                done = self.security.post(f"/enrolments/{one['id']}/approve", {
                    "name": kiosk["name"], "site": self.ids[place["name"]], "address": f"{one['address']}/18",
                    "gateway": CITY_GATEWAY, "mac": one["mac"], "custodian": place.get("custodian", "-"),
                    "custodian_phone": place.get("custodian_phone", "")})
                self.devices[one["address"]] = done["device"]
            return not left
        self.site.wait_while("fleet", look, seconds, "every simulated kiosk asks to be enrolled")
        (self.site.root / "fleet.tokens").unlink()  # used, all of them

    def place_agents(self):
        """The scenario's further real agents, each in a namespace of its own, beside the site's kiosk."""
        for number, (kiosk, place) in enumerate(self.real()[1:], 2):
            host = f"kiosk{number}"
            state = self.site.root / host
            state.mkdir(exist_ok=True)
            self.site.net.add_host(host, kiosk["address"] + "/24", kiosk["mac"])
            self.devices[kiosk["address"]] = self.site.enrol(
                host, kiosk["name"], state, place=(self.ids[place["name"]], place["custodian"], place["custodian_phone"]))
            self.site.start_agent(host, state, f"agent-{host}", plain=True)

    def see_to_the_past(self):
        """Acknowledges what the kiosks brought from days ago; alarms of the last days stay for whoever looks."""
        before = datetime.datetime.now(datetime.timezone.utc) - HANDLED
        for alarm in self.site.alarms():
            if alarm["state"] == "open" and datetime.datetime.fromisoformat(alarm["first"][:19] + "+00:00") < before:
                self.security.post(f"/alarms/{alarm['id']}/acknowledge", {"reason": "已由现场管理员处理"})

    # ---- what it does ------------------------------------------------------------------------------------------
    def figures(self):
        """The newest line that the simulator wrote; None before the first."""
        lines = [line for line in self.site.log("fleet").split("\n") if line.startswith("{") and line.endswith("}")]
        return json.loads(lines[-1]) if lines else None

    def wait_fleet(self, test, seconds, why):
        return self.site.wait_while("fleet", lambda: (now := self.figures()) and test(now) and now, seconds, why)

    def end_fleet(self):
        """Ends the simulator as Ctrl-C does; gives its exit code."""
        process = self.site.processes["fleet"]
        self.site.end("fleet", signal.SIGINT)
        return process.returncode

    def words(self):
        figures = self.figures()
        return (f"  City           {len(self.sites)} sites, {len(self.kiosks)} kiosks, {len(self.real())} of them real agents; "
                f"after {self.took:.0f} s; the others are simulated ({figures['rss_kib'] / 1024:.0f} MiB); KW_CITY=0 leaves it out")


__all__ = ["City", "SCENARIO", "wait_until", "wanted"]
