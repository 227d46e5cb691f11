"""What a business session leaves in the memory of the process that served it: nothing (clauses 7.4.1 and 7.6).

A canary goes through the local API as a person's data do; then every mapping of the process is searched, in UTF-8, UTF-16,
UTF-32 and as a WebSocket masks it. That the search finds what is there is shown first: on a process with the C library's own free, and on a string
that the same process holds on purpose. Run by ctest as system.session_memory; by hand: python3 tests/system/session_memory_test.py
"""
import base64
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.business import APP_PORT, MATTER, PORTAL, SERVICE, BusinessSite  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO  # noqa: E402  the path above must come first
from tests.support.app_client import AppClient, Refused  # noqa: E402  the path above must come first
from tests.support.console_client import Console, wait_until  # noqa: E402  the path above must come first
from tests.support.markers import id_number  # noqa: E402  the path above must come first
from tests.support.process_memory import search  # noqa: E402  the path above must come first
from tests.support.readers import CardReader, Scanner, card  # noqa: E402  the path above must come first

SECRET = subprocess.run([sys.executable, "-c", "import ctypes; c = ctypes.CDLL(None); raise SystemExit(c.syscall(447, 0o2000000) < 0)"],
                        check=False).returncode == 0


MASK = bytes.fromhex("5aa53cc3")


class MaskedClient(AppClient):
    """Its frames are under one mask, so that what is left of them can be looked for."""

    def new_mask(self):
        return MASK


class Person:
    """Data that nobody else has: one value of 40 octets, one as short as real ones are, one that is never stored."""

    def __init__(self):
        self.long, self.short, self.code = secrets.token_hex(20), "19" + str(secrets.randbelow(10**9)).zfill(9), secrets.token_hex(16)
        self.address = f"广东省深圳市南山区{self.long}"

    def put(self, kiosk):
        kiosk.put("address", self.address)
        kiosk.put("phone", self.short)
        kiosk.put("sms_code", self.code)

    def use(self, kiosk):
        assert kiosk.get("address") == "广东省****", kiosk.get("address")
        assert kiosk.get("phone") == f"{self.short[:3]}****{self.short[-2:]}"
        assert kiosk.reveal("address") == self.address
        assert kiosk.reveal("address", "certificate", "printer") == self.address
        assert kiosk.reveal("phone") == self.short

    def left(self, pid):
        """Where something of him is, what cannot be read aside."""
        return [(what, place) for what in (self.long, self.short, self.code) for place in search(pid, what, MASK)]


class Photograph:
    """A file of three parts and a bit, with words in it that no other file has; as octets and as the page's base64."""
    SIZE, EACH = 3 * 192 * 1024 + 1000, 60_000  # EACH: a multiple of three, so that base64 of a word is the same everywhere

    def __init__(self):
        self.words = [secrets.token_hex(18) for _ in range(0, self.SIZE, self.EACH)]
        octets = bytearray(os.urandom(self.SIZE))
        for number, word in enumerate(self.words):
            octets[number * self.EACH:number * self.EACH + len(word)] = word.encode()
        self.octets = bytes(octets)

    def left(self, pid):
        forms = [form for word in (self.words[0], self.words[5], self.words[-1]) for form in (word, base64.b64encode(word.encode()).decode())]
        return [(what, place) for what in forms for place in search(pid, what, MASK)]


def arena_of(places):
    """The mappings that hold values, and nothing else: locked memory has no name."""
    return {place for _, (_, place, _) in places}


class InOneProcess(unittest.TestCase):
    """The local API alone, with a platform of a few lines (tests/tools/app_child.cpp)."""

    def start(self, program, *words):
        child = subprocess.Popen([str(BUILD / "tests" / program), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stdout.close)
        port, token = child.stdout.readline().split()
        kiosk = MaskedClient(int(port), token)
        self.addCleanup(kiosk.close)
        return child.pid, kiosk, token

    def whole_session(self, kiosk):
        person = Person()
        kiosk.begin(MATTER)
        person.put(kiosk)
        person.use(kiosk)
        self.assertEqual(kiosk.submit("A-1")["version"], 1)
        return person

    def ended(self, kiosk):
        kiosk.end()
        kiosk.begin(MATTER)  # everything of the message before has been done when this one is answered
        kiosk.end()

    def test_1_without_wiping_something_stays(self):
        pid, kiosk, _ = self.start("app_child_plain", "locked", "keep")
        person = self.whole_session(kiosk)
        self.ended(kiosk)
        left = person.left(pid)
        self.assertTrue(any(what == person.long for what, _ in left), "otherwise what follows shows nothing")

    def test_2_nothing_stays_of_locked_memory(self):
        pid, kiosk, token = self.start("app_child", "locked")
        self.assertTrue(search(pid, token), "an ordinary string of this process is found")
        person = self.whole_session(kiosk)
        held = person.left(pid)
        self.assertEqual({what for what, _ in held}, {person.long, person.short, person.code}, "root reads locked memory")
        self.assertEqual(arena_of(held), {"anonymous"}, held)
        self.assertEqual(len(held), 3, f"once each, and nowhere but there: {held}")
        self.ended(kiosk)
        self.assertEqual(person.left(pid), [])
        self.assertTrue(search(pid, token))

    @unittest.skipUnless(SECRET, "this kernel has no memfd_secret")
    def test_3_secret_memory_is_read_by_nobody(self):
        pid, kiosk, token = self.start("app_child", "secret")
        person = self.whole_session(kiosk)
        self.assertEqual(person.left(pid), [], "while the session holds it")
        self.assertEqual(kiosk.reveal("phone"), person.short)
        self.ended(kiosk)
        self.assertEqual(person.left(pid), [])
        self.assertTrue(search(pid, token))

    def test_5_nothing_of_a_file_stays(self):
        photo = Photograph()
        for kind in ("locked", *(["secret"] if SECRET else [])):
            pid, kiosk, token = self.start("app_child", kind)
            kiosk.begin(MATTER)
            heard = []
            self.assertTrue(kiosk.put_file("cc" * 16, "photo", photo.octets, heard=heard.append)["stored"])
            self.assertEqual(heard, [192 * 1024, 2 * 192 * 1024, 3 * 192 * 1024, photo.SIZE])
            kiosk.put("phone", "13800138000")  # the connection's own buffer holds the message before until another is waited for
            kiosk.get("phone")
            self.assertEqual(photo.left(pid), [], "no longer than its last part is under way, in the session too")
            self.ended(kiosk)
            self.assertEqual(photo.left(pid), [])
            self.assertTrue(search(pid, token))
        pid, kiosk, _ = self.start("app_child_plain", "locked", "keep")
        kiosk.begin(MATTER)
        kiosk.put_file("cc" * 16, "photo", photo.octets)
        self.ended(kiosk)
        self.assertTrue(photo.left(pid), "otherwise the above shows nothing")

    def test_4_nothing_stays_however_it_ends(self):
        pid, kiosk, _ = self.start("app_child", "locked")
        person = self.whole_session(kiosk)
        kiosk.link.close()  # no word of farewell
        self.assertTrue(person.left(pid), "for the next page, ten seconds")
        wait_until(lambda: not person.left(pid), 20, 0.5, "page_gone wipes")


class ReadersSite(BusinessSite):
    """Its kiosk has a card reader and a scanner."""

    def surround(self):
        super().surround()
        self.cards, self.scanner = CardReader(), Scanner()
        self.agent_extra = self.agent_extra.replace("[app]\n", f'[app]\ncard_reader = "{self.cards.line}"\ncode_reader = "{self.scanner.line}"\n')

    def stop(self):
        super().stop()
        for one in ("cards", "scanner"):
            if hasattr(self, one):
                getattr(self, one).close()


@unittest.skipIf(permitted(), "network namespaces are not permitted here")
class InTheAgent(unittest.TestCase):
    """The agent's link process as it is, with spool, TLCP and a platform behind it."""

    @classmethod
    def setUpClass(cls):
        cls.site = ReadersSite(tempfile.mkdtemp(prefix="kwmem-"), prefix=f"kwmem{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()

    def tearDown(self):
        self.site.show_logs(self)

    def link_process(self):
        children = subprocess.run(["pgrep", "-P", str(self.agent_pid()), "-x", "kioskward-link"], capture_output=True, text=True, check=True)
        return int(children.stdout.split()[0])

    def agent_pid(self):
        """The guard: the process of this name that the site started, or its child where a namespace's shell stands before it."""
        found = subprocess.run(["pgrep", "-f", f"kioskward-agent run --config {self.site.root}"], capture_output=True, text=True, check=True)
        return max(int(pid) for pid in found.stdout.split())

    def test_a_session_of_the_real_agent_leaves_nothing(self):
        token = self.site.token()
        kiosk = self.site.net.inside("kiosk", lambda: MaskedClient(APP_PORT, token, origin=PORTAL))
        self.addCleanup(kiosk.close)
        person, pid = Person(), self.link_process()
        self.begin(kiosk)
        person.put(kiosk)
        person.use(kiosk)
        made = kiosk.request(SERVICE, "POST", "/applications", body='{"name": "%s"}' % person.long, content_type="application/json")
        self.assertEqual(made["status"], 201)
        case = kiosk.submit("A-1")["case"]
        stored = {one["field"]: one["text"] for one in kiosk.stored(case)["values"]}
        self.assertEqual(stored["phone"], f"{person.short[:3]}****{person.short[-2:]}")
        self.assertNotIn("sms_code", stored)
        whole = kiosk.reveal_case(case, ["phone", "address"])["values"]
        self.assertEqual({one["text"] for one in whole}, {person.short, person.address})
        self.assertTrue(search(pid, token), "an ordinary string of this process is found")
        kind = self.status()["values"]
        self.assertEqual(kind, "secret" if SECRET else "locked")
        if kind == "secret":
            self.assertEqual(person.left(pid), [], "while the session holds it")
        kiosk.end()
        wait_until(lambda: not person.left(pid), 5, 0.1, f"nothing is left: {person.left(pid)}")
        self.assertTrue(search(pid, token))
        events = self.revealed()
        self.assertEqual({(e["params"]["field"], e["params"]["place"]) for e in events},
                         {("address", "entry_screen"), ("address", "printer"), ("phone", "entry_screen")})
        self.assertNotIn(person.short, str(events))

    def operator(self):
        once = self.people["system"].invite(self.people["security"], "counter", "P-9", "operator", "柜台")
        return Console(self.site.console_port).activate("counter", once, "Kw-Zx81-Qv54-Lm27")

    def photograph(self, case):
        """The stored file, as an official reads it."""
        if not hasattr(type(self), "clerk"):
            type(self).clerk = self.operator()
        return self.clerk.exchange("GET", f"/vault/{MATTER}/{case}/files/photo?purpose=listing&consent=C-2")[0]

    def test_c_a_file_goes_to_the_vault_and_leaves_nothing(self):
        token, photo, pid = self.site.token(), Photograph(), self.link_process()
        kiosk = self.site.net.inside("kiosk", lambda: MaskedClient(APP_PORT, token, origin=PORTAL))
        self.addCleanup(kiosk.close)
        session = kiosk.begin(MATTER)["session"]
        kiosk.put("phone", "13800138000")
        case = kiosk.submit("A-3")["case"]
        heard = []
        self.assertTrue(kiosk.put_file(case, "photo", photo.octets, heard=heard.append)["stored"])
        self.assertEqual(heard[-1], photo.SIZE)
        self.assertTrue(self.photograph(case) == photo.octets, "octet for octet")
        for field, code in (("phone", "field_forbidden"), ("photos", "field_unknown")):
            with self.assertRaises(Refused) as refused:
                kiosk.put_file(case, field, b"x")
            self.assertEqual(refused.exception.code, code)
        with self.assertRaises(Refused) as refused:
            kiosk.put_file("ab" * 16, "photo", b"x")
        self.assertEqual(refused.exception.code, "case_unknown")
        with self.assertRaises(Refused) as refused:
            kiosk.reveal_case(case, ["photo"])
        self.assertIn(refused.exception.code, ("field_unknown", "reveal_refused"), "no file goes back to a page")
        # One that stops half-way is given up on both sides.
        kiosk.say("put_file", case=case, field="photo", consent="C-1", purpose="entry", size=photo.SIZE, offset=0,
                  data_base64=base64.b64encode(photo.octets[:192 * 1024]).decode())
        sealed = self.site.server_dir / "vault"
        self.assertEqual(len(list(sealed.glob("*.part"))), 1)
        kiosk.end()
        wait_until(lambda: not list(sealed.glob("*.part")), 10, 0.1, "the platform has given it up")
        self.assertTrue(self.photograph(case) == photo.octets, "the one that was there stays")
        for path in sealed.iterdir():
            self.assertFalse(any(word.encode() in path.read_bytes() for word in photo.words), "sealed on the disk")
        wait_until(lambda: not photo.left(pid), 5, 0.1, f"nothing is left: {photo.left(pid)}")
        self.assertTrue(search(pid, token), "what is looked for is found")

        def told():
            items = self.people["audit"].get("/audit?limit=500&type=business.vault")["items"]
            files = [(one["result"], one["params"].get("reason", "")) for one in items if one["params"]["act"] == "file" and one["params"]["session"] == session]
            return files if len(files) >= 5 else None
        self.assertEqual(sorted(wait_until(told, 20, 0.2, "the ledger has them")),
                         [("failed", "done"), ("refused", "case_unknown"), ("refused", "field_forbidden"), ("refused", "field_unknown"),
                          ("success", "")])

    def test_b_the_page_on_the_screen_shows_masks_and_its_session_leaves_nothing(self):
        if not shutil.which("chromium"):
            self.skipTest("no chromium")
        person, photo = Person(), Photograph()
        file = self.site.root / "photo.jpg"
        file.write_bytes(photo.octets)
        done = self.site.run_in("kiosk", "node", str(REPO / "tests" / "e2e" / "portal.mjs"), f"{PORTAL}/portal/#kioskward={self.site.token()}",
                                "欧阳小明", person.short, "", str(file), seconds=90)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        page = json.loads(done.stdout)
        self.assertEqual(page["faults"], [])
        self.assertEqual(page["masked"], ["欧阳**", f"{person.short[:3]}****{person.short[-2:]}"])
        self.assertEqual(page["revealed"], [person.short])
        written = wait_until(lambda: self.people["audit"].get("/audit?limit=500&type=vault.written")["items"], 20, 0.2, "the vault wrote it")
        self.assertIn(page["session"], [one["params"]["session"] for one in written])
        filed = wait_until(lambda: self.people["audit"].get("/audit?limit=500&type=vault.file.stored")["items"], 20, 0.2, "and the photograph")
        filed = next(one for one in filed if one["params"]["session"] == page["session"])
        self.assertTrue(self.photograph(filed["params"]["case"]) == photo.octets)
        pid = self.link_process()
        wait_until(lambda: not photo.left(pid), 5, 0.1, "nothing of the photograph is left")
        for text in ("欧阳小明", person.short):
            wait_until(lambda: not search(pid, text, MASK), 5, 0.1, "nothing is left")

    def test_c_what_a_card_and_a_code_say_is_held_as_values_and_leaves_nothing(self):
        kiosk = self.site.net.inside("kiosk", lambda: MaskedClient(APP_PORT, self.site.token(), origin=PORTAL))
        self.addCleanup(kiosk.close)
        pid, number, street, code = self.link_process(), id_number(secrets.randbelow(1000)), secrets.token_hex(12), "19" + str(secrets.randbelow(10**9)).zfill(9)
        name = "欧阳" + "".join(chr(0x4E00 + secrets.randbelow(20000)) for _ in range(3))
        self.begin(kiosk)
        with self.assertRaises(Refused) as refused:
            kiosk.say("read", source="card", into={"name": "holder_name"}, wait_ms=1000)
        self.assertEqual(refused.exception.code, "timeout", "no card lies there")
        self.site.cards.lay(card(name, number, "深圳市" + street))
        self.addCleanup(self.site.cards.lay, None)
        told = kiosk.say("read", source="card", into={"name": "holder_name", "id_number": "id_number", "address": "address", "sex": "sex"})
        self.assertEqual(told["fields"], ["holder_name", "id_number", "address", "sex"])
        self.assertEqual(kiosk.get("holder_name"), "欧阳**")
        self.assertEqual(kiosk.reveal("id_number"), number)
        waiting = kiosk.post({"type": "read", "handle": kiosk.handle, "source": "code", "into": {"text": "phone"}})
        self.site.scanner.shows(code)
        self.assertEqual(kiosk.answer(waiting)["fields"], ["phone"])
        self.assertEqual(kiosk.get("phone"), f"{code[:3]}****{code[-2:]}")
        self.assertEqual(kiosk.reveal("phone"), code)
        kiosk.end()
        for text in (name, number, street, code):
            wait_until(lambda: not search(pid, text, MASK), 5, 0.1, f"nothing is left of {text}: {search(pid, text, MASK)}")
        self.assertTrue(search(pid, self.site.token()), "an ordinary string of this process is found")
        found = wait_until(lambda: (lambda items: items if len(items) >= 3 else None)(
            self.people["audit"].get("/audit?limit=500&type=business.value.read")["items"]), 20, 0.2, "the ledger has them")
        self.assertEqual(sorted((one["params"]["reader"], one["params"]["values"], one["params"].get("reason", "")) for one in found),
                         [("card", "0", "timeout"), ("card", "4", ""), ("code", "1", "")])
        for text in (name, number, street, code):
            self.assertNotIn(text, str(found))

    def begin(self, kiosk):
        def begun():
            try:
                return kiosk.begin(MATTER)
            except Refused as refused:
                if refused.code not in ("busy", "no_link", "link_lost"):
                    raise
                return None
        return wait_until(begun, 30, 0.3, "a session begins")

    def status(self):
        return json.loads(self.site.run_in("kiosk", str(BUILD / "bin" / "kioskward-agent"), "status", "--config", str(self.site.root / "agent.toml")).stdout)

    def revealed(self):
        def look():
            items = self.people["audit"].get("/audit?limit=500&type=business.value.revealed")["items"]
            return items if len(items) >= 3 else None
        return wait_until(look, 20, 0.2, "the ledger has them")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: another process's memory is for root", file=sys.stderr)
        sys.exit(77)
    unittest.main()
