"""Attacks of the list that cannot be staged in namespaces: why, and what stages them on a real kiosk."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Elsewhere:
    id: str
    words: str
    why: str
    command: str


ELSEWHERE = [
    Elsewhere("A01 to A03", "a real keyboard, stick and card", "no USB bus here (staged on a tree in the place of /sys/bus)",
              "plug them in; nothing types, no /dev/sd*, no /dev/mmcblk*; peripheral.blocked"),
    Elsewhere("A06", "Bluetooth adapter", "no HCI in a namespace", "modprobe hci_vhci; btvirt -l1; bluetoothctl power on"),
    Elsewhere("A29", "boot from USB or another system", "no firmware here", "boot the kiosk from a live stick; look at its page in the console"),
    Elsewhere("A32 c", "another console, the kernel's own keys", "no seat here", "Ctrl+Alt+F2, then SysRq+R at the kiosk's keyboard: the page stays"),
    Elsewhere("A27 b", "other port of the same switch", "no switch with LLDP here", "move the cable by one port; egress.place.changed, mark neighbour"),
    Elsewhere("6.3-b a", "kernel module loaded", "this kernel takes none", "modprobe dummy; host.module.loaded within 3 s"),
    Elsewhere("6.3-b b", "wrong passwords to su and sudo", "nothing audits here", "boot with audit=1; su - kiosk three times; host.login.attack"),
    Elsewhere("6.3-b c", "login session that nobody expects", "no logind here", "log in on tty2 as a user that policy lacks"),
    Elsewhere("A63 b", "marked document through CUPS", "no spooler here", "lp marked.pdf; lpstat -W all; egress.document.marked on /var/spool/cups"),
    Elsewhere("A58", "a real camera unplugged, covered or turned", "no camera here (staged with a scene in its place)", "pull the camera's plug; cover the lens for 10 s; turn it"),
]
