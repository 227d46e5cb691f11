"""A tree of files in the place of /sys/bus, for machines without a USB bus: the test does what a kernel does."""
import shutil
import struct


def descriptors(vendor, product, interfaces):
    parts = b"".join(bytes([9, 4, n, 0, 1, *triple, 0, 7, 5, 0x81, 3, 8, 0, 10]) for n, triple in enumerate(interfaces))
    return (struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, vendor, product, 0x100, 1, 2, 3, 1)
            + struct.pack("<BBHBBBBB", 9, 2, 9 + len(parts), len(interfaces), 1, 0, 0x80, 50) + parts)


class Bus:
    """The tree, and the kernel's part in it: a new device comes up as authorized_default says."""

    def __init__(self, root):
        self.root, self.count = root, 1
        self.cards = root / "mmc"
        for where in (root / "usb" / "devices", self.cards / "devices", self.cards / "drivers" / "mmcblk"):
            where.mkdir(parents=True)
        (self.cards / "drivers_autoprobe").write_text("1")
        for file in ("bind", "unbind"):
            (self.cards / "drivers" / "mmcblk" / file).touch()
        self.plug("usb1", 0x1D6B, 0x0002, "", [(9, 0, 0)], authorized="1")
        (self.device("usb1") / "authorized_default").write_text("1")

    def device(self, port):
        return self.root / "usb" / "devices" / port

    def plug(self, port, vendor, product, serial, interfaces, authorized=None):
        made = self.root / f"making-{port}"
        made.mkdir()
        self.count += 1
        default = self.device("usb1") / "authorized_default"
        for name, value in {"idVendor": f"{vendor:04x}", "idProduct": f"{product:04x}", "serial": serial, "product": "thing",
                            "devnum": str(self.count),
                            "authorized": authorized or default.read_text().strip()}.items():
            (made / name).write_text(value + "\n")
        (made / "descriptors").write_bytes(descriptors(vendor, product, interfaces))
        made.rename(self.device(port))  # appears at once, as a kernel's does

    def let_in(self, port):
        """What root does to let a device in, and whatever comes after it."""
        (self.device(port) / "authorized").write_text("1\n")
        (self.device("usb1") / "authorized_default").write_text("1\n")

    def unplug(self, port):
        gone = self.root / f"gone-{self.count}-{port}"
        self.device(port).rename(gone)
        shutil.rmtree(gone)

    def authorized(self, port):
        return (self.device(port) / "authorized").read_text().strip() == "1"

    def insert_card(self, name):
        made = self.root / "making-card"
        made.mkdir()
        for key, value in {"type": "SD", "manfid": "0x000003", "oemid": "0x5344", "serial": "0x1a2b3c4d", "name": "SC16G",
                           "cid": "03534453", "csd": "400e0032"}.items():
            (made / key).write_text(value + "\n")
        if (self.cards / "drivers_autoprobe").read_text().strip() == "1":
            (made / "driver").symlink_to("../../drivers/mmcblk")
        made.rename(self.cards / "devices" / name)

    def pull_card(self, name):
        shutil.rmtree(self.cards / "devices" / name)

    def card_in_use(self, name):
        return (self.cards / "devices" / name / "driver").is_symlink()
