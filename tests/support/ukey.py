"""A UKey authority and UKeys for tests: certificates and lists by the openssl program, keys in the SKF library over files."""
import pathlib
import shutil
import subprocess

from demo.site import BUILD

ID = "distid:1234567812345678"
CONFIG = """\
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
new_certs_dir = {dir}
serial = {dir}/serial
crlnumber = {dir}/crlnumber
certificate = {dir}/ca.pem
private_key = {dir}/ca.key
default_md = sm3
default_days = 30
default_crl_days = 30
policy = any
x509_extensions = ukey
[any]
commonName = supplied
[ukey]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[req]
distinguished_name = name
[name]
"""


class Authority:
    """Issues UKeys and says which are revoked: ca.pem and ca.crl in its directory."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.config = self.dir / "openssl.cnf"
        self.config.write_text(CONFIG.format(dir=self.dir))
        (self.dir / "index.txt").write_text("")
        for name in ("serial", "crlnumber"):
            (self.dir / name).write_text("1000\n")
        self._key("ca.key")
        self._openssl("req", "-config", self.config, "-new", "-x509", "-sm3", "-sigopt", ID, "-key", self.dir / "ca.key",
                      "-subj", "/CN=Test UKey CA", "-days", "60", "-extensions", "authority", "-out", self.dir / "ca.pem")
        self.list_revoked()

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {words}: {done.stderr}")

    def _key(self, name):
        self._openssl("genpkey", "-algorithm", "SM2", "-out", self.dir / name)

    def list_revoked(self):
        self._openssl("ca", "-config", self.config, "-gencrl", "-md", "sm3", "-sigopt", ID, "-out", self.dir / "ca.crl")

    def revoke(self, ukey):
        self._openssl("ca", "-config", self.config, "-revoke", self.dir / f"{ukey.name}.pem")
        self.list_revoked()

    def issue(self, name, pin):
        self._key(f"{name}.key")
        self._openssl("req", "-config", self.config, "-new", "-sm3", "-sigopt", ID, "-key", self.dir / f"{name}.key", "-subj",
                      f"/CN={name}", "-out", self.dir / f"{name}.csr")
        self._openssl("ca", "-config", self.config, "-batch", "-notext", "-md", "sm3", "-sigopt", ID, "-vfyopt", ID, "-in",
                      self.dir / f"{name}.csr", "-out", self.dir / f"{name}.pem")
        return Ukey(self, name, pin)


class Ukey:
    """A directory with the SKF library in it: what it holds is the token (tests/support/skf)."""

    def __init__(self, authority, name, pin):
        self.name, self.pin, self.dir = name, pin, authority.dir / f"{name}.ukey"
        self.dir.mkdir()
        self.library = self.dir / "libskf.so"
        shutil.copy(BUILD / "tests" / "libtest_skf.so", self.library)
        shutil.copy(authority.dir / f"{name}.key", self.dir / "key.pem")
        authority._openssl("x509", "-in", authority.dir / f"{name}.pem", "-outform", "DER", "-out", self.dir / "certificate.der")
        (self.dir / "pin").write_text(pin)

    def take_out(self):
        (self.dir / "gone").write_text("")
