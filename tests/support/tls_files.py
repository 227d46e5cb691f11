"""Certificates for TLS in tests, by the openssl program: an authority, and what it issues."""
import subprocess


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def make_authority(root, name="ca"):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=" + name,
            "-keyout", root / f"{name}.key", "-out", root / f"{name}.pem")


def make_certificate(root, name, file="server"):
    """FILE.pem and FILE.key of this DNS name, by the authority "ca" of the same directory."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-keyout", root / f"{file}.key", "-out", root / f"{file}.csr")
    (root / f"{file}.ext").write_text(f"subjectAltName=DNS:{name}\n")
    openssl("x509", "-req", "-in", root / f"{file}.csr", "-CA", root / "ca.pem", "-CAkey", root / "ca.key", "-CAcreateserial",
            "-days", "30", "-extfile", root / f"{file}.ext", "-out", root / f"{file}.pem")
