"""Administration that nobody holds alone: roles, regions, second persons, sessions and tokens of machines, from outside.

Every request and reply is held against schemas/openapi.yaml. Run by ctest as system.administration; by hand:
python3 tests/system/administration_test.py
"""
import datetime
import pathlib
import queue
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, wait_until  # noqa: E402  the path above must come first
from tests.support.contract import Contract  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first

CITY = "0" * 31 + "1"


class Administration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        Console.contract = Contract()
        cls.platform = Platform(breached="Correct-horse-battery-9\n")
        cls.addClassCleanup(cls.platform.stop)
        cls.system, cls.security, cls.audit = (cls.platform.people[role] for role in ("system", "security", "audit"))

    def refused(self, status, call, *args, code=None):
        with self.assertRaises(Refused) as caught:
            call(*args)
        self.assertEqual(caught.exception.status, status, caught.exception.body)
        if code:
            self.assertEqual(caught.exception.code, code)

    def entries(self, kind, test=bool):
        """The entries of a type, newest first, once they pass the test: the ledger is fed a moment after the change."""
        def look():
            items = self.audit.get(f"/audit?type={kind}&limit=100")["items"]
            return test(items) and items
        return wait_until(look, 20, why=f"{kind} is in the ledger")

    def approve(self, who, request, outcome="done"):
        done = who.post(f"/requests/{request['id']}/approve", {"reason": "seen"})
        self.assertEqual(done["outcome"], outcome)
        return done

    # ---- who may what --------------------------------------------------------------------------------------------
    def test_01_each_of_the_three_keeps_to_his_own(self):
        self.refused(403, self.system.get, "/audit")
        self.refused(403, self.audit.post, "/policies", {"base_revision": 0, "note": "n", "network": demo_policy()})
        self.refused(403, self.security.get, "/users")
        self.entries("admin.refused", lambda items: {e["params"]["operation"] for e in items} ==
                     {"listAudit", "publishPolicy", "listUsers"})

    def test_02_one_person_takes_one_role_and_nobody_makes_himself(self):
        wanted = {"account": "twin", "display_name": "Twin", "person": "first-system", "role": "audit"}
        self.refused(403, self.system.post, "/users", wanted)                                # his own person
        self.refused(409, self.system.post, "/users", {**wanted, "person": "first-audit"})  # who has a role already
        self.refused(422, self.system.post, "/users", {**wanted, "person": "p9", "role": "assessor"})  # without a last day

    def test_03_an_account_takes_two_people(self):
        asked = self.system.post("/users", {"account": "wang.wu", "display_name": "王五", "person": "77", "role": "operator"})
        self.assertEqual((asked["state"], asked["operation"]), ("waiting", "createUser"))
        self.assertNotIn("wang.wu", [u["account"] for u in self.system.get("/users")["items"]])
        self.assertEqual(self.security.get("/overview")["requests_waiting"], 1)
        self.refused(403, self.system.post, f"/requests/{asked['id']}/approve", {"reason": "mine"})
        self.refused(403, self.audit.post, f"/requests/{asked['id']}/approve", {"reason": "an auditor does not act"})
        self.assertEqual(self.security.get(f"/requests/{asked['id']}")["wanted"]["person"], "77")
        self.approve(self.security, asked)
        self.assertEqual(self.security.get("/overview")["requests_waiting"], 0)
        made = self.entries("admin.created", lambda items: items and items[0]["params"]["account"] == "wang.wu")
        self.assertEqual((made[0]["person"], made[0]["params"]["account"]), ("sysadmin", "wang.wu"))
        done = self.entries("request.done")[0]["params"]
        self.assertEqual((done["asked_by"], done["approved_by"], done["outcome"]), ("sysadmin", "secadmin", "done"))

    def test_04_a_role_is_changed_by_two_and_says_what_was(self):
        person = self.platform.person("zhao.liu", "inspector")
        user = next(u for u in self.system.get("/users")["items"] if u["account"] == "zhao.liu")
        asked = self.system.post(f"/users/{user['id']}/change", {"role": "operator", "reason": "promoted"})
        self.assertEqual(asked["args"]["role"], "inspector → operator")
        self.assertEqual(person.get("/session")["role"], "inspector")
        self.approve(self.security, asked)
        self.refused(401, person.get, "/session")
        changed = self.entries("admin.changed", lambda items: items and items[0]["params"]["account"] == "zhao.liu")[0]["params"]
        self.assertEqual((changed["before"], changed["after"]), ("inspector", "operator"))

    def test_05_an_assessor_reads_until_his_last_day(self):
        ends = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=8)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assessor = self.platform.person("assessor", "assessor", ends=ends)
        assessor.get("/audit")
        assessor.get("/users")
        self.refused(403, assessor.post, "/sites", {"name": "n", "address": ""})
        wait_until(lambda: time.time() > datetime.datetime.fromisoformat(ends.replace("Z", "+00:00")).timestamp(), 15)
        self.refused(401, assessor.get, "/session")
        self.assertEqual(next(u for u in self.system.get("/users")["items"] if u["account"] == "assessor")["state"], "ended")

    # ---- regions -------------------------------------------------------------------------------------------------
    def test_10_a_district_sees_itself(self):
        futian, nanshan = (self.system.post("/regions", {"parent": CITY, "name": name, "kind": "district"})
                           for name in ("福田区", "南山区"))
        street = self.system.post("/regions", {"parent": futian["id"], "name": "莲花街道", "kind": "street"})
        self.refused(409, self.system.post, "/regions", {"parent": CITY, "name": "福田区", "kind": "district"})
        self.refused(422, self.system.post, "/regions", {"parent": street["id"], "name": "x", "kind": "district"})
        here = self.system.post("/sites", {"name": "莲花大厅", "address": "", "region": street["id"]})
        there = self.system.post("/sites", {"name": "南山大厅", "address": "", "region": nanshan["id"]})
        district = self.platform.person("futian.security", "security", regions=[futian["id"]])
        self.assertEqual([s["name"] for s in district.get("/sites")["items"]], ["莲花大厅"])
        self.assertEqual({r["name"] for r in district.get("/regions")["items"]}, {"福田区", "莲花街道"})
        district.post("/enrol-tokens", {"site": here["id"], "valid_minutes": 5, "note": ""})
        self.refused(422, district.post, "/enrol-tokens", {"site": there["id"], "valid_minutes": 5, "note": ""})
        self.refused(403, district.post, "/policies", {"base_revision": 0, "note": "n", "network": demo_policy()})
        self.system.post(f"/sites/{there['id']}/region", {"region": futian["id"]})
        self.assertEqual(len(district.get("/sites")["items"]), 2)
        self.assertEqual(self.entries("site.moved")[0]["params"]["after"], "福田区")
        self.refused(409, self.system.call, "DELETE", f"/regions/{street['id']}")
        self.system.call("DELETE", f"/regions/{nanshan['id']}")

    def test_11_live_messages_stay_in_their_region(self):
        futian = next(r for r in self.system.get("/regions")["items"] if r["name"] == "福田区")
        district = self.platform.person("futian.operator", "operator", regions=[futian["id"]])
        near, far = district.live(), self.security.live()
        self.refused(403, self.system.get, "/audit")  # an alarm of the platform, which lies in no district
        self.assertEqual(far.messages.get(timeout=10)[1]["kind"], "alarm")
        self.assertEqual(self.security.get("/alarms")["total"] > 0, True)
        self.assertEqual(district.get("/alarms")["total"], 0)
        with self.assertRaises(queue.Empty):
            while near.messages.get(timeout=1)[1]["kind"] == "checkpoint":
                pass

    # ---- what takes two persons ----------------------------------------------------------------------------------
    def test_20_what_the_settings_list_takes_two_persons(self):
        now = self.system.get("/settings")
        self.assertIn("publishPolicy", now["may_list"])
        rest = {name: now[name] for name in ("idle_minutes", "confirm_minutes", "password_length", "password_days",
                                             "password_history")}
        wanted = {**rest, "base_revision": now["revision"], "two_persons": ["publishPolicy", "disableUser"], "reason": "rule"}
        self.refused(403, self.security.post, "/settings", wanted)
        asked = self.system.post("/settings", wanted)
        self.assertEqual(self.system.get("/settings")["two_persons"], [])
        self.approve(self.security, asked)
        self.assertEqual(self.system.get("/settings")["two_persons"], ["disableUser", "publishPolicy"])
        self.assertEqual(self.entries("settings.changed")[0]["params"]["after"], "disableUser, publishPolicy")

        body = {"base_revision": 0, "note": "first", "network": demo_policy()}
        held = self.security.post("/policies", body)
        self.assertEqual(held["state"], "waiting")
        self.assertEqual(self.security.get("/policies")["items"], [])
        self.refused(403, self.security.post, f"/requests/{held['id']}/approve", {"reason": "mine"})
        self.approve(self.system, held)
        published = self.security.get("/policies")["items"]
        self.assertEqual((published[0]["revision"], published[0]["publisher"]), (1, "secadmin"))

        stale = self.security.post("/policies", body)
        self.approve(self.system, stale, "conflict: a newer revision exists")
        taken_back = self.security.post("/policies", {**body, "base_revision": 1})
        self.assertEqual(self.security.post(f"/requests/{taken_back['id']}/reject", {"reason": "not now"})["state"], "rejected")
        self.refused(409, self.system.post, f"/requests/{taken_back['id']}/approve", {"reason": "late"})

    # ---- sessions and passwords ----------------------------------------------------------------------------------
    def test_30_sessions_are_listed_and_ended(self):
        operator = self.platform.person("session.holder", "operator")
        own = operator.get("/session/all")["items"]
        self.assertEqual([(s["account"], s["own"]) for s in own], [("session.holder", True)])
        listed = next(s for s in self.system.get("/sessions")["items"] if s["account"] == "session.holder")
        self.refused(403, self.security.get, "/sessions")
        self.refused(404, self.security.call, "DELETE", f"/session/all/{listed['id']}")  # another person's
        self.system.call("DELETE", f"/sessions/{listed['id']}")
        self.refused(401, operator.get, "/session")

    def test_31_a_password_is_changed(self):
        operator = self.platform.person("password.holder", "operator")
        operator.confirm()
        wait_until(lambda: int(time.time() // 30) > operator.used_step, 35, why="a new code")

        def change(new, old=None):
            from tests.support.console_client import totp
            return operator.post("/session/password", {"password": old or operator.password, "code": totp(operator.totp_secret),
                                                       "new_password": new})
        self.refused(422, change, "short")
        self.refused(422, change, "correct-HORSE-battery-9")   # everybody knows it
        self.refused(422, change, operator.password)           # the one there is
        self.refused(403, change, "Another-good-word-7", "Wrong-old-word-7")
        self.assertFalse(change("Another-good-word-7")["password_expired"])
        self.assertTrue(self.entries("admin.password.changed"))

    # ---- machines ------------------------------------------------------------------------------------------------
    def test_40_a_machine_uses_its_token_for_what_it_names(self):
        made = self.security.post("/api-tokens", {"name": "monitor", "operations": ["getOverview", "listDevices"], "days": 1})
        machine = self.platform.console()
        bearer = {"Authorization": "Bearer " + made["text"]}
        machine.call("GET", "/overview", headers=bearer)
        for path in ("/alarms", "/users", "/api-tokens"):
            self.refused(403, lambda where=path: machine.call("GET", where, headers=bearer))
        self.refused(401, lambda: machine.call("GET", "/overview", headers={"Authorization": "Bearer kwt-none"}))
        self.refused(422, self.security.post, "/api-tokens", {"name": "n", "operations": ["publishPolicy"], "days": 1})
        self.refused(422, self.security.post, "/api-tokens", {"name": "n", "operations": ["createUser"], "days": 1})
        token = next(t for t in self.audit.get("/api-tokens")["items"] if t["name"] == "monitor")
        self.assertNotIn("text", token)
        self.security.post(f"/api-tokens/{token['id']}/revoke", {"reason": "over"})
        self.refused(401, lambda: machine.call("GET", "/overview", headers=bearer))

    def test_41_a_bound_token_needs_its_certificate(self):
        fingerprint = "ab" * 32
        made = self.security.post("/api-tokens", {"name": "gateway", "operations": ["getOverview"], "days": 1,
                                                  "certificate": fingerprint})
        machine, bearer = self.platform.console(), {"Authorization": "Bearer " + made["text"]}
        self.refused(401, lambda: machine.call("GET", "/overview", headers=bearer))
        machine.call("GET", "/overview", headers={**bearer, "X-Client-Cert": fingerprint.upper()})

    # ---- the API as a contract -----------------------------------------------------------------------------------
    def test_50_every_list_is_what_the_description_promises(self):
        for path in ("/session", "/overview", "/sites", "/enrol-tokens", "/enrolments", "/devices", "/policies", "/alarms",
                     "/requests", "/event-types", "/policies/sections", "/policies/1", "/regions", "/settings",
                     "/session/all", "/witnesses"):
            self.security.get(path)
        self.security.post("/policies/check", demo_policy())
        self.security.post("/policies/sections/check", {})
        self.assertGreater(len(Console.contract.seen), 40)

    def test_51_the_page_of_the_api_is_served_and_asks_nobody_else(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.platform.port}/api.html", timeout=10) as answer:
            text, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertIn('id="changeSettings"', text)
        for word in ("<script", "http://", "https://"):
            self.assertNotIn(word, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
