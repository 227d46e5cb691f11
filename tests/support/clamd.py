"""A real clamd with one signature of the tests' own: the EICAR test file."""
import subprocess

# In two parts, so that this file is none.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    def __init__(self, root, temporary):
        self.root, self.process = root, None
        (root / "signatures").mkdir(parents=True)
        (root / "signatures" / "test.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        self.socket = root / "clamd.sock"
        # What it unpacks lies on a guarded file system: its own openings must pass.
        (root / "clamd.conf").write_text(f"LocalSocket {self.socket}\nDatabaseDirectory {root}/signatures\n"
                                         f"TemporaryDirectory {temporary}\nForeground yes\nUser root\n"
                                         "AlertExceedsMax yes\nAlertEncrypted yes\nMaxRecursion 6\nSelfCheck 0\n")

    def set(self, line):
        """Another value, from the next start on."""
        config = self.root / "clamd.conf"
        kept = [one for one in config.read_text().splitlines() if one.split()[0] != line.split()[0]]
        config.write_text("\n".join([*kept, line]) + "\n")

    def start(self):
        log = open(self.root / "clamd.log", "ab")
        self.process = subprocess.Popen(["clamd", "-c", str(self.root / "clamd.conf")], stdout=log, stderr=log)
        log.close()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
