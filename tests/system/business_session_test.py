"""A business session, from the kiosk's screen to a database behind the platform, as one timeline (clauses 7.6-b and 9.1).

Real processes: agent and platform in their namespaces, a stand-in business behind mutual TLS, MariaDB with its
audit plugin where it is installed (SQLite otherwise, without database operations). Everything that a page, a back end or a
crash can do wrong is typed, recorded and red. Run by ctest as system.business_session; by hand:
python3 tests/system/business_session_test.py
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.business import APP_PORT, MATTER, PORTAL, SERVICE, BusinessSite  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.session import walk  # noqa: E402  the path above must come first
from demo.site import REPO  # noqa: E402  the path above must come first
from demo.violations import BY_NAME  # noqa: E402  the path above must come first
from tests.support.app_client import AppClient, Refused  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.identity_authority import IdentityAuthority  # noqa: E402  the path above must come first
from tests.support.stand_in_business import HOLDER  # noqa: E402  the path above must come first
from tests.support.readers import Scanner  # noqa: E402  the path above must come first
from tests.support.tls_files import make_authority, make_certificate  # noqa: E402  the path above must come first

NAME = "Ouyang Xiaoming 440300199001011234"
PLANTED = ("若溪", "13987654321", "福中路", "若水")  # of the holder whom the back end tells of
HOLDERS = """\
name = "holders"
{base}
{trust}[[matter]]
code = "residence-permit"
[[operation]]
method = "GET"
path = "/holders/{{number}}"
[[operation.field]]
pointer = "/data/holder/name"
field = "holder_name"
[[operation.field]]
pointer = "/data/holder/phone"
field = "phone"
[[operation.field]]
pointer = "/addresses/*"
field = "address"
"""
ELSEWHERE = """\
name = "tax"
base = "http://127.0.0.1:9/tax"
[[matter]]
code = "tax-return"
sites = ["000102030405060708090a0b0c0d0e0f"]
[[operation]]
method = "GET"
path = "/rates"
"""


class TestSite(BusinessSite):
    back_end_timeout_ms, idle_seconds = 1500, 10
    scheme = "https"
    catalogue = None  # the page sends what was filled in by itself

    def surround(self):
        self.tls = self.root / "tls"
        self.tls.mkdir()
        make_authority(self.tls)
        for name, file in (("residence.test", "server"), ("platform.test", "platform")):
            make_certificate(self.tls, name, file)
        self.trust = (f'[trust]\nca = "{self.tls}/ca.pem"\ncertificate = "{self.tls}/platform.pem"\n'
                      f'key = "{self.tls}/platform.key"\nserver_name = "residence.test"\n')
        self.authority = IdentityAuthority(self.root / "identity")
        self.server_extra += f'\n[real_name]\nauthorities = "{self.authority.directory}"\n'
        self.tls_words = ["--tls", *(str(self.tls / file) for file in ("server.pem", "server.key", "ca.pem"))]
        super().surround()
        self.scanner = Scanner()
        self.agent_extra = self.agent_extra.replace("[app]\n", f'[app]\ncode_reader = "{self.scanner.line}"\n')
        with open(self.connectors / "residence.toml", "a", encoding="utf-8") as file:
            file.write('[[matter]]\ncode = "residence-card"\nreal_name = true\n')
        (self.connectors / "tax.toml").write_text(ELSEWHERE)
        self.server_top = f'catalogue = "{REPO / "catalogue"}"\n'
        self.map_holders()

    def stop(self):
        super().stop()
        if hasattr(self, "scanner"):
            self.scanner.close()

    def map_holders(self):
        """Another service of the same back end, whose answers are masked."""
        base = next(line for line in (self.connectors / "residence.toml").read_text().splitlines() if line.startswith("base"))
        (self.connectors / "holders.toml").write_text(HOLDERS.format(base=base, trust=self.trust))


class BusinessSession(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = TestSite(tempfile.mkdtemp(prefix="kwbiz-"), prefix=f"kwbiz{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()

    def setUp(self):
        self.site.mode()
        self.open = []

    def tearDown(self):
        for kiosk in self.open:
            kiosk.close()
        self.site.show_logs(self)

    # ---- what a page can do --------------------------------------------------------------------------------------
    def page(self, token=None, **more):
        token = token or self.site.token()
        kiosk = self.site.net.inside("kiosk", lambda: AppClient(APP_PORT, token, **more))
        self.open.append(kiosk)
        return kiosk

    def settled(self, work):
        """What is answered when the session before has ended and the link stands."""
        def try_it():
            try:
                return (work(), None)
            except Refused as refused:
                return None if refused.code in ("busy", "no_link") else (None, refused)
        answer, refused = wait_until(try_it, 30, 0.3, "a session begins, or is refused for good")
        if refused:
            raise refused
        return answer

    def begun(self, **more):
        kiosk = self.page(origin=PORTAL, **more)
        begun = self.settled(lambda: kiosk.begin(MATTER))
        return kiosk, begun["traceparent"].split("-")[1]

    def refused(self, code, work):
        with self.assertRaises(Refused) as caught:
            work()
        self.assertEqual(caught.exception.code, code)

    def ask(self, kiosk, method="GET", path="/applications/A-1", service=SERVICE, **more):
        return kiosk.request(service, method, path, **more)

    # ---- what the ledger holds -----------------------------------------------------------------------------------
    def timeline(self, trace, ready=lambda line: line["ended"]):
        def look():
            line = self.people["audit"].get(f"/audit/timeline?trace={trace}")
            return line if ready(line) else None
        return wait_until(look, 20, 0.2, f"timeline of {trace}")

    def kinds(self, line):
        return [("  " * item["depth"]) + item["kind"] for item in line["items"]]

    def requests(self, trace):
        return [e for e in self.people["audit"].get(f"/audit?limit=500&trace={trace}&type=service.request")["items"]]

    # ---- the road ------------------------------------------------------------------------------------------------
    def test_1_one_trace_leads_from_the_screen_to_the_database(self):
        kiosk, _ = self.begun()
        self.assertEqual(kiosk.ask({"type": "end", "handle": kiosk.handle})["type"], "done")
        trace = walk(kiosk, False)
        statements = 2 if self.site.database else 0
        line = self.timeline(trace, lambda l: l["ended"] and self.kinds(l).count("        database") == statements)
        found = [kind.strip() for kind in self.kinds(line)]
        self.assertEqual({kind: found.count(kind) for kind in set(found) - {"database"}}, {"session": 1, "step": 4, "request": 2, "broker": 2})
        self.assertEqual(line["errors"], 0)
        self.assertEqual(line["matter"], MATTER)
        self.assertEqual(line["device"], self.device)
        waited = sum(item["critical_us"] for item in line["items"])
        self.assertAlmostEqual(waited, line["duration_us"], delta=10 * len(line["items"]), msg="what was waited for is the whole, but for rounding")
        brokers = [item for item in line["items"] if item["kind"] == "broker"]
        self.assertEqual([b["params"]["path"] for b in brokers], ["/applications", "/applications/{number}"])
        self.assertTrue(all(b["depth"] == 3 and b["critical_us"] > 0 for b in brokers), brokers)
        heard = [json.loads(text) for text in self.site.port_file.with_suffix(".heard").read_text().splitlines()]
        self.assertEqual([one["headers"]["traceparent"].split("-")[2] for one in heard[-2:]], [b["params"]["span"] for b in brokers])
        if self.site.database:
            operations = [item for item in line["items"] if item["kind"] == "database"]
            self.assertEqual([o["params"]["verb"] for o in operations], ["insert", "select"])
        listed = self.people["security"].get(f"/devices/{self.device}/sessions")["items"]
        mine = next(one for one in listed if one["trace"] == trace)
        self.assertEqual((mine["steps"], mine["requests"], mine["errors"], mine["reason"]), (4, 2, 0, "done"))
        self.assertEqual(self.people["audit"].get(f"/audit/timeline?session={mine['id']}")["trace"], trace)

    def test_2_whoever_has_no_right_gets_a_word_and_nothing_else(self):
        self.refused("forbidden", lambda: self.page(token="0" * 64))
        self.refused("status 403", lambda: self.page(origin="https://evil.example"))
        self.refused("status 403", lambda: self.page(name="127.0.0.1.evil.example"))
        kiosk, trace = self.begun()
        other = self.page()
        self.refused("busy", lambda: other.begin(MATTER))
        other.handle = kiosk.handle
        self.refused("busy", lambda: self.ask(other))
        for code, work in {
            "path_forbidden": lambda: self.ask(kiosk, path="/applications/../people"),
            "method_forbidden": lambda: self.ask(kiosk, "DELETE"),
            "service_forbidden": lambda: self.ask(kiosk, service="tax", path="/rates"),
            "service_unknown": lambda: self.ask(kiosk, service="ouyang"),
            "too_large": lambda: self.ask(kiosk, "POST", "/applications", body="x" * (65 << 10)),
            "malformed": lambda: kiosk.step("ouyang"),
        }.items():
            self.refused(code, work)
        kiosk.end()
        line = self.timeline(trace)
        self.assertEqual(sum(item["kind"] == "broker" and item["error"] for item in line["items"]), 4, self.kinds(line))
        self.assertNotIn("ouyang", json.dumps(line))
        for code, matter in {"matter_unknown": "ouyang", "matter_forbidden": "tax-return"}.items():
            wait_until(lambda: self.refuses(other, matter, code), 10, 0.3, code)
        refused = self.site.entries(self.device, "business.session.started")[0]
        self.assertEqual((refused["result"], refused["params"]["reason"]), ("refused", "matter_forbidden"))

    def refuses(self, kiosk, matter, code):
        try:
            kiosk.begin(matter)
        except Refused as refused:
            return refused.code == code
        return False

    def test_3_a_back_end_that_fails_is_typed_and_red(self):
        kiosk, trace = self.begun()
        for mode, code in {"slow": "backend_timeout", "much": "backend_too_large", "rude": "backend_malformed"}.items():
            self.site.mode(mode)
            began = time.monotonic()
            self.refused(code, lambda: self.ask(kiosk))
            self.assertLess(time.monotonic() - began, 5)
        self.site.mode("error")
        self.assertEqual(self.ask(kiosk)["status"], 500)
        self.site.mode()
        self.site.end("back-end")
        self.refused("backend_unreachable", lambda: self.ask(kiosk))
        kiosk.step("submit", "error")
        kiosk.end()
        line = self.timeline(trace)
        brokers = [item for item in line["items"] if item["kind"] == "broker"]
        self.assertEqual([b["params"].get("reason", b["params"].get("status")) for b in brokers],
                         ["backend_timeout", "backend_too_large", "backend_malformed", "5xx", "backend_unreachable"])
        self.assertTrue(all(b["error"] for b in brokers))
        slowest = max(line["items"][1:], key=lambda item: item["critical_us"] if item["kind"] == "broker" else 0)
        self.assertEqual(slowest["params"]["reason"], "backend_timeout", "the critical path names what held it up")
        self.revive()

    def revive(self):
        """The stand-in comes back on another port: the connector names it, and is read at the platform's start."""
        port = self.site.port_file.read_text()
        self.site.start_back_end()
        file = self.site.connectors / "residence.toml"
        file.write_text(file.read_text().replace(port, self.site.port_file.read_text()))
        self.site.map_holders()
        self.restart_server(signal.SIGTERM)

    def restart_server(self, sig):
        self.site.end("server", sig)
        self.site.start_server()
        self.site.wait_device(self.device, "the kiosk is back", lambda d: d["live"] == "online", 30)

    def test_3b_a_back_end_is_asked_only_behind_its_own_certificate(self):
        """Files are read for each request: another authority is refused at either end, and what comes again is good."""
        kiosk, trace = self.begun()
        self.assertEqual(self.ask(kiosk)["status"], 404)
        good, heard = (self.site.tls / "ca.pem").read_text(), self.site.port_file.with_suffix(".heard").read_text()
        make_authority(self.site.tls, "stranger")
        (self.site.tls / "ca.pem").write_text((self.site.tls / "stranger.pem").read_text())
        self.refused("backend_untrusted", lambda: self.ask(kiosk))
        (self.site.tls / "ca.pem").write_text(good)
        own = {file: (self.site.tls / file).read_text() for file in ("platform.pem", "platform.key")}
        for file in own:
            (self.site.tls / file).write_text((self.site.tls / file.replace("platform", "stranger")).read_text())
        self.refused("backend_untrusted", lambda: self.ask(kiosk))
        for file, text in own.items():
            (self.site.tls / file).write_text(text)
        self.assertEqual(self.site.port_file.with_suffix(".heard").read_text(), heard, "nothing was asked of it")
        self.assertEqual(self.ask(kiosk)["status"], 404)
        kiosk.end()
        reasons = [item["params"].get("reason", item["params"].get("status")) for item in self.timeline(trace)["items"] if item["kind"] == "broker"]
        self.assertEqual(reasons, ["4xx", "backend_untrusted", "backend_untrusted", "4xx"])

    def test_3c_a_matter_for_identified_persons_takes_a_token_of_this_kiosk_once(self):
        kiosk, sign = self.page(origin=PORTAL), self.site.authority.token
        begin = lambda token=None: self.settled(lambda: kiosk.begin("residence-card", token))  # noqa: E731  one line, used below
        self.refused("identity_required", begin)
        elsewhere = sign(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode(), NAME)  # what another kiosk was given
        kiosk.challenge()
        self.refused("identity_refused", lambda: begin(elsewhere))
        self.refused("identity_refused", lambda: begin(sign(kiosk.challenge(), NAME, acr="1")))
        good = sign(kiosk.challenge(), NAME)
        trace = begin(good)["traceparent"].split("-")[1]
        self.assertEqual(self.ask(kiosk)["status"], 404)
        kiosk.end()
        kiosk.challenge()
        self.refused("identity_refused", lambda: begin(good))
        heard = [json.loads(line) for line in self.site.port_file.with_suffix(".heard").read_text().splitlines()]
        self.assertEqual(heard[-1]["headers"]["x-kw-identity"], "city-identity")
        self.assertEqual(self.timeline(trace)["matter"], "residence-card")

        def why():
            items = self.people["audit"].get("/audit?type=business.session.started&limit=10")["items"]
            return [item["params"].get("why", item["params"].get("identity", item["params"].get("reason"))) for item in items][:5]
        wanted = ["wrong_nonce", "city-identity", "too_weak", "wrong_nonce", "identity_required"]
        wait_until(lambda: why() == wanted, 20, why=f"the ledger says why: {wanted}")
        sessions = self.people["audit"].get(f"/devices/{self.device}/sessions")["items"]
        self.assertEqual((sessions[0]["identity"], sessions[0]["strength"]), ("city-identity", "2"))

    def test_3cc_a_telephone_shows_the_token_to_the_scanner(self):
        kiosk, _ = self.begun()  # nothing was refused just now
        kiosk.end()
        shown = self.site.authority.token(kiosk.challenge(), NAME)
        waiting = kiosk.post({"type": "begin", "matter": "residence-card", "identity_code": True, "wait_ms": 20000})
        self.site.scanner.shows(shown)
        kiosk.handle = kiosk.answer(waiting)["handle"]
        self.assertEqual(self.ask(kiosk)["status"], 404)
        kiosk.end()
        sessions = self.people["audit"].get(f"/devices/{self.device}/sessions")["items"]
        self.assertEqual((sessions[0]["identity"], sessions[0]["strength"]), ("city-identity", "2"))

    def test_3d_an_answer_comes_masked_and_whole_only_for_its_purpose(self):
        """The planted holder is in no file of platform and kiosk: test_8 looks for him as well."""
        kiosk, trace = self.begun()
        answer = lambda **more: json.loads(self.ask(kiosk, path="/holders/7", service="holders", **more)["body"])  # noqa: E731  one line, used below
        masked = answer()
        self.assertEqual(masked, {"data": {"holder": {"name": "欧阳**", "phone": "139****21"}}, "addresses": ["广东省****"]})
        whole = answer(purpose="entry", place="entry_screen")
        self.assertEqual(whole["data"]["holder"], {"name": HOLDER["data"]["holder"]["name"], "phone": "13987654321"})
        self.assertNotIn("clerk", whole, "what nobody mapped is dropped")
        self.assertEqual(answer(purpose="certificate", place="printer")["data"]["holder"], {"name": "欧阳若溪", "phone": "139****21"})
        self.refused("malformed", lambda: answer(purpose="entry", place="printer"))
        self.site.mode("rude")
        self.refused("backend_malformed", answer)
        self.site.mode()
        kiosk.end()
        self.timeline(trace)
        revealed = self.people["audit"].get(f"/audit?limit=10&trace={trace}&type=service.revealed")["items"]
        self.assertEqual([(one["params"]["fields"], one["params"]["purpose"], one["params"]["place"]) for one in reversed(revealed)],
                         [("address holder_name phone", "entry", "entry_screen"), ("address holder_name", "certificate", "printer")])

    def test_4_a_platform_that_is_killed_in_the_middle_goes_on_with_the_session(self):
        kiosk, trace = self.begun()
        made = json.loads(self.ask(kiosk, "POST", "/applications", body=json.dumps({"name": NAME}), content_type="application/json")["body"])
        kiosk.step("form")
        self.site.mode("slow")
        waiting = kiosk.post(kiosk.wanted(SERVICE, "GET", "/applications/A-2"))
        wait_until(lambda: "A-2" in self.site.port_file.with_suffix(".heard").read_text(), 10, why="the back end hears of it")
        self.site.end("server", signal.SIGKILL)
        self.refused("link_lost", lambda: kiosk.answer(waiting))
        self.refused("no_link", lambda: self.ask(kiosk))
        self.site.mode()
        self.site.start_server()
        self.site.wait_device(self.device, "the kiosk is back", lambda d: d["live"] == "online", 30)
        answer = self.ask(kiosk, path=f"/applications/{made['number']}")
        self.assertEqual(json.loads(answer["body"])["name"], NAME, "the same session, with the platform's next life")
        kiosk.step("result")
        kiosk.end()
        line = self.timeline(trace)
        outcomes = [item["params"].get("reason", item["params"].get("status")) for item in line["items"] if item["kind"] == "broker"]
        self.assertEqual(outcomes, ["2xx", "interrupted", "2xx"])
        seen = [item["params"].get("reason", item["params"].get("status")) for item in line["items"] if item["kind"] == "request"]
        self.assertEqual(seen, ["2xx", "link_lost", "no_link", "2xx"])

    def test_5_a_kiosk_that_is_cut_off_is_refused_at_once(self):
        kiosk, trace = self.begun()
        BY_NAME["tcp"].do(self.site.net)
        wait_until(lambda: self.says(kiosk) == "cut_off", 10, 0.1, "the cut is known to the local API")
        began = time.monotonic()
        self.refused("cut_off", lambda: self.ask(kiosk))
        self.assertLess(time.monotonic() - began, 0.5)
        BY_NAME["tcp"].undo(self.site.net)
        self.site.calm(self.device)
        wait_until(lambda: self.says(kiosk) in (None, "no_session"), 10, 0.1, "requests pass again")
        if kiosk.ended is None:
            kiosk.end()
        self.assertIn("cut_off", json.dumps(self.timeline(trace)))

    def says(self, kiosk):
        try:
            self.ask(kiosk)
        except Refused as refused:
            return refused.code
        return None

    def test_6_a_session_that_is_left_ends_by_itself(self):
        kiosk, trace = self.begun()
        self.assertEqual(kiosk.wait_ended(), "idle")
        self.refused("no_session", lambda: self.ask(kiosk))
        line = self.timeline(trace)
        self.assertEqual(line["reason"], "idle")
        kiosk, trace = self.begun()
        kiosk.close()
        self.assertEqual(self.timeline(trace, lambda l: l["ended"])["reason"], "page_gone")
        kiosk, trace = self.begun()
        self.assertEqual(self.site.run_in("kiosk", "curl", "-s", "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}",
                                          f"http://127.0.0.1:{self.site.notice_port}/session/end").stdout, "202")
        self.assertEqual(kiosk.wait_ended(), "done")
        self.assertEqual(self.timeline(trace)["reason"], "done")

    def test_7_the_page_on_the_screen_and_its_timeline_in_the_console(self):
        if not shutil.which("chromium"):
            self.skipTest("no chromium")
        done = self.site.run_in("kiosk", "node", str(REPO / "tests" / "e2e" / "portal.mjs"), f"{PORTAL}/portal/#kioskward={self.site.token()}", NAME, seconds=90)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        page = json.loads(done.stdout)
        self.assertEqual(page["faults"], [])
        self.assertEqual(page["refused"], "method_forbidden")
        self.assertNotIn("kioskward=", page["shown"], "the token has left the address")
        self.assertEqual(self.site.device(self.device)["live"], "online", "a page's session is no illegal outbound")
        listed = self.people["security"].get(f"/devices/{self.device}/sessions")["items"]
        session = next(one for one in listed if one["id"] == page["session"])
        self.assertEqual(session["identity"], "")
        self.timeline(session["trace"])
        seen = subprocess.run(["node", "tests/e2e/timeline.mjs", self.site.url(), self.people["audit"].cookie, session["trace"],
                               os.environ.get("KW_SCREENSHOTS", "")], capture_output=True, text=True, timeout=90, check=False, cwd=REPO)
        self.assertEqual(seen.returncode, 0, seen.stderr[-2000:])
        shown = json.loads(seen.stdout)
        self.assertEqual(shown["faults"], [])
        rows = shown["rows"]
        self.assertEqual([row["kind"] for row in rows if row["kind"] != "database"],
                         ["session", "step", "step", "request", "broker", "step", "request", "broker", "step", "request", "broker", "step"])
        wrong = [row for row in rows if row["error"]]
        self.assertEqual({row["kind"] for row in wrong}, {"request", "broker"})
        self.assertTrue(all("方法不允许" in row["text"] and row["colour"] == "rgb(207, 19, 34)" for row in wrong), wrong)
        self.assertTrue(any(row["critical"] and row["kind"] == "broker" for row in rows))
        lefts = [row["left"] for row in rows if row["kind"] == "step"]
        self.assertEqual(lefts, sorted(lefts), "in the order in which it happened")
        self.assertEqual(shown["errors"], "2")
        known = self.site.run_in("kiosk", "node", str(REPO / "tests" / "e2e" / "portal.mjs"),
                                 f"{PORTAL}/portal/?authority=/identity#kioskward={self.site.token()}", NAME, "", str(self.site.authority.root), seconds=90)
        self.assertEqual(known.returncode, 0, known.stderr[-2000:])
        identified = json.loads(known.stdout)["session"]
        listed = self.people["security"].get(f"/devices/{self.device}/sessions")["items"]
        self.assertEqual(next(one["identity"] for one in listed if one["id"] == identified), "city-identity",
                         "an address with an authority has the page ask for a challenge")

    def test_8_no_value_of_a_person_is_anywhere(self):
        for place in (self.site.server_dir, self.site.agent_dir):
            for path in place.rglob("*"):
                if path.is_file():
                    octets = path.read_bytes()
                    for word in (*NAME.split(), "ouyang", *PLANTED):
                        self.assertNotIn(word.encode(), octets, path)
        for name in ("server", "agent"):
            for word in (NAME.split()[1], *PLANTED):
                self.assertNotIn(word, self.site.log(name))


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
