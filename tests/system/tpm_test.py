"""The kiosk's keys in a TPM, and the platform's proof of how the kiosk was started (clauses 5.5, 6.1-a): a copied disk
opens nowhere else, another boot loader locks the keys, a planned change does not, a TPM that dies is told. The TPMs are
software ones (swtpm); everything else is real."""
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.software_tpm import SoftwareTpm, missing  # noqa: E402  the path above must come first
from tests.support.stolen_state import steal_state  # noqa: E402  the path above must come first


class Tpm(unittest.TestCase):
    def setUp(self):
        self.site = Site(tempfile.mkdtemp(prefix="kwt"), prefix=f"kwt{os.getpid()}")
        self.addCleanup(shutil.rmtree, self.site.root, ignore_errors=True)
        self.addCleanup(self.site.stop)
        self.site.quote_seconds = 2
        self.site.start()
        self.people = self.site.activate()
        self.tpm = self.chip("tpm")
        self.site.tpm = self.tpm.transport

    def chip(self, name):
        out = SoftwareTpm(self.site.root / name).start()
        self.addCleanup(out.stop)
        out.measure(0, "firmware 1")
        out.measure(4, "boot loader 1")
        return out

    def reboot(self, loader="boot loader 1"):
        """The agent ends with the machine; the chip starts anew and measures what is started."""
        self.site.end("agent", 15)
        self.tpm.reboot()
        self.tpm.measure(0, "firmware 1")
        self.tpm.measure(4, loader)
        self.site.start_agent()

    def begin(self, **hardware):
        self.device = self.site.enrol()
        self.site.publish(defence={"hardware": {"mode": "watch", **hardware}})
        self.site.start_agent()
        self.online("on line and obeying")

    def online(self, why):
        self.site.wait_device(self.device, why, lambda d: d["live"] == "online"
                              and d["policy_revision"] == d["policy_wanted"] > 0, 30)

    def fact(self, key):
        return self.site.facts(self.device).get(key)

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def told(self, kind, seconds=20, **params):
        return wait_until(lambda: self.entries(kind, **params), seconds, why=kind)

    def ends(self, name, words):
        wait_until(lambda: self.site.processes[name].poll() is not None, 20, why=f"{name} ends")
        self.assertIn(words, self.site.log(name))
        self.assertNotIn("event=link.admitted", self.site.log(name))

    def test_the_keys_open_on_this_machine_started_so_and_nowhere_else(self):
        self.site.tpm_use = "require"
        self.begin()
        self.assertIn("held by this machine's TPM", self.site.log("enrol-kiosk"))
        self.assertEqual([self.fact(f"hardware.tpm{k}") for k in ("", ".key", ".manufacturer")], ["present", "tpm", "IBM"])
        self.assertFalse(self.entries("hardware.tpm.bound"), "bound by the approval, not on trust")

        # The whole disk, with forged machine-id and board, beside another TPM, beside none, and with the TPM switched off.
        other = self.chip("other")
        for name, transport, use, words in (("other-tpm", other.transport, "auto", "held by another TPM"),
                                            ("no-tpm", "device:/nonexistent/tpm0", "auto", "no TPM at"),
                                            ("tpm-off", "device:/nonexistent/tpm0", "off", "no TPM at")):
            stolen = steal_state(self.site, f"stolen-{name}")
            self.site.tpm, self.site.tpm_use = transport, use
            self.site.start_agent(state=stolen, name=name)
            self.ends(name, words)
        self.site.tpm, self.site.tpm_use = self.tpm.transport, "require"
        # This TPM in another machine.
        stolen = steal_state(self.site, "stolen-board")
        self.site.start_agent(state=stolen, name="other-board", machine_id="f" * 32)
        self.ends("other-board", "sealed to other hardware")

        # Measured while it runs: the quotes tell it, and the next start does not open the keys.
        self.tpm.measure(9, "something that is not bound")
        self.tpm.measure(4, "a stranger's module")
        self.told("hardware.boot.changed", pcrs="4")
        self.site.wait_device(self.device, "shown as degraded", lambda d: d["live"] == "degraded")
        self.assertTrue([a for a in self.site.alarms(self.device) if a["type"] == "hardware.boot.changed"])
        self.site.end("agent", 15)
        self.site.start_agent()
        wait_until(lambda: self.site.processes["agent"].poll() is not None, 20, why="the agent ends")
        self.assertIn("firmware or boot loader are not those", self.site.log("agent"))

        # Started as bound it is well again; a planned change is permitted first, and takes the keys along.
        self.reboot()
        self.online("started as bound")
        self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "hardware", "action": "permit_boot_change", "args": {"hours": "1"}, "reason": "boot loader 2"})
        wait_until(lambda: self.fact("hardware.tpm.change_permitted") == "yes", 20, why="the kiosk is ready for the change")
        self.reboot("boot loader 2")
        self.told("hardware.tpm.moved", how="resealed")
        self.told("hardware.boot.accepted", pcrs="4")
        self.online("started with the new boot loader")

        # The TPM dies under a running kiosk.
        self.tpm.stop()
        self.told("hardware.tpm.failed", 20, reason="unavailable", key="tpm")
        wait_until(lambda: self.fact("hardware.tpm") == "failed", 20, why="its fact")
        self.told("hardware.quote.refused", 60, reason="no_quote")
        self.site.wait_device(self.device, "shown as degraded", lambda d: d["live"] == "degraded")

    def test_a_kiosk_moves_into_its_tpm_and_policy_isolates_what_was_started_otherwise(self):
        self.begin()
        self.assertIn("sealed to this machine's hardware", self.site.log("enrol-kiosk"))
        self.assertEqual(self.fact("hardware.tpm.key"), "file")
        self.site.end("agent", 15)
        self.site.tpm_use = "auto"
        self.site.start_agent()
        self.told("hardware.tpm.moved", how="to_tpm")
        self.told("hardware.tpm.bound", manufacturer="IBM")
        self.online("with its keys in the TPM")
        self.assertEqual(self.fact("hardware.tpm.key"), "tpm")
        self.assertEqual([e["params"]["path"] for e in self.entries("agent.files.changed") if not e["params"]["path"].endswith("agent.toml")],
                         [], "moving its own keys is no attack")

        self.site.publish(defence={"hardware": {"mode": "enforce", "isolate_boot_changes": True}})
        self.online("the policy that isolates")
        self.tpm.measure(7, "other keys of secure boot")
        self.told("hardware.boot.changed", pcrs="7")
        self.site.wait_device(self.device, "isolated", lambda d: d["live"] == "cut", 20)
        self.assertFalse(self.site.reaches_business())

        # Off again: the keys go back to the hardware's seal. The platform misses the TPM that it knows.
        self.site.publish(defence={"hardware": {"mode": "watch"}})
        self.site.tpm_use = "off"
        self.reboot()
        self.told("hardware.tpm.moved", how="to_file")
        self.told("hardware.quote.refused", reason="no_key")


if __name__ == "__main__":
    reason = permitted() or missing()
    if reason:
        print(f"skipped: network namespaces or a software TPM are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
