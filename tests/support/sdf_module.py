"""A cryptographic module for tests: a directory with the SDF library in it, and what it holds is the module (tests/support/sdf)."""
import pathlib
import shutil
import subprocess

from demo.site import BUILD


class SdfModule:
    """With one SM2 pair at index 1. Its password lies beside it as an operator keeps it: a file of mode 0600."""

    def __init__(self, directory, password="module-password"):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.library = self.dir / "libsdf.so"
        shutil.copy(BUILD / "tests" / "libtest_sdf.so", self.library)
        for half in ("sign", "enc"):
            subprocess.run(["openssl", "genpkey", "-algorithm", "SM2", "-out", str(self.dir / f"{half}-1.pem")], check=True,
                           capture_output=True)
        (self.dir / "password").write_text(password)
        self.password_file = self.dir / "operator.password"
        self.write_password(password)

    def write_password(self, text):
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(text + "\n")

    def toml(self, **other):
        options = {"library": str(self.library), "key": 1, "password": str(self.password_file), **other}
        return "[vault.module]\n" + "".join(f"{k} = {v}\n" if isinstance(v, int) else f'{k} = "{v}"\n'
                                            for k, v in options.items())

    def pull_out(self):
        (self.dir / "gone").write_text("")

    def push_in(self):
        (self.dir / "gone").unlink()
