"""Attacks with something that is plugged into the terminal, or put on its disk (clauses 5.4-a, 6.3-a): one row each, as in
attacks.py."""
import io
import shutil
import zipfile

from tests.assessor.attacks import Attack
from tests.support.clamd import EICAR

BLOCKED = ("peripheral.blocked",)
PERIPHERALS = {"mode": "enforce", "enforcer": "sysfs", "cards": False, "hub_depth": 0,
               "allow": [{"name": "printer", "vendor": "04b8", "product": "0e15", "interfaces": ["07:01:*"], "port": "1-2"}]}
KEYBOARD = ("1-3", 0x03EB, 0x2FF4, "HIDLDR", [(3, 1, 1)])
PRINTER_THAT_TYPES = ("1-2", 0x04B8, 0x0E15, "", [(7, 1, 2), (3, 1, 1)])
STICK = ("1-5", 0x0781, 0x5567, "0001", [(8, 6, 0x50)])


def malware_section(terminal):
    return {"mode": "enforce", "scanner": str(terminal.clamd.socket), "file_systems": [str(terminal.disk)], "wait_ms": 30000,
            "when_late": "deny_unjudged", "when_down": "deny_unjudged", "when_limited": "deny_unjudged", "quarantine": True}


def plugs_in(port, *what):
    return lambda terminal: terminal.bus.plug(port, *what)


def pulls_out(port):
    return lambda terminal: terminal.bus.unplug(port)


def stays_off(port, *_):
    return lambda terminal: not terminal.bus.authorized(port)


def lets_it_in(terminal):
    """The insider plugs a keyboard in and writes it in by hand, the port's default with it."""
    terminal.bus.plug(*KEYBOARD)
    terminal.bus.let_in(KEYBOARD[0])


def stays_without_driver(name):
    return lambda terminal: not terminal.bus.card_in_use(name)


def zipped(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.com", content)
    return out.getvalue()


def drops(name, content):
    def deed(terminal):
        path = terminal.kept["sample"] = terminal.disk / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return deed


def is_quarantined(terminal):
    sample = terminal.kept["sample"]
    return not sample.exists() and terminal.site.entries(terminal.device, "malware.quarantined", path=sample)


LOCAL_ATTACKS = [
    Attack("A01", "BadUSB keyboard", "never let in, alarm", plugs_in(*KEYBOARD), stays_off(*KEYBOARD), BLOCKED, pulls_out(KEYBOARD[0]),
           told_within=5),
    Attack("A01 b", "allowed printer with a keyboard on its back", "never let in, alarm", plugs_in(*PRINTER_THAT_TYPES),
           stays_off(*PRINTER_THAT_TYPES), BLOCKED, pulls_out(PRINTER_THAT_TYPES[0]), told_within=5),
    Attack("A01 c", "keyboard let in by hand, as root", "put out again, alarm", lets_it_in, stays_off(*KEYBOARD), BLOCKED,
           pulls_out(KEYBOARD[0]), within=2, told_within=5),
    Attack("A02 b", "USB stick", "never let in, alarm", plugs_in(*STICK), stays_off(*STICK), BLOCKED, pulls_out(STICK[0]), told_within=5),
    Attack("A03", "SD card", "no driver, alarm", lambda t: t.bus.insert_card("mmc0:aaaa"), stays_without_driver("mmc0:aaaa"), BLOCKED,
           lambda t: t.bus.pull_card("mmc0:aaaa"), told_within=5),
    *([] if not shutil.which("clamd") else [
        Attack("A40 a", "EICAR uploaded", "quarantined, alarm within 10 s", drops("upload/a.com", EICAR), is_quarantined, ("malware.found",),
               within=10, told_within=10),
        Attack("A40 b", "EICAR in an archive", "quarantined, alarm within 10 s", drops("upload/a.zip", zipped(EICAR)), is_quarantined,
               ("malware.found",), within=10, told_within=10),
        Attack("A40 c", "EICAR in the browser's cache", "quarantined, alarm within 10 s", drops("cache/f_0001", b"HTTP/1.1 200\0" + EICAR),
               is_quarantined, ("malware.found",), within=10, told_within=10)]),
]
