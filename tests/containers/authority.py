"""A certificate authority for one run, and a certificate for AWS's own host names; by openssl, and gone with the run."""

from shell import run

NAMES = ["ssm.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com",
         "sts.eu-west-1.amazonaws.com", "ssm-fips.eu-west-1.amazonaws.com", "ssm.only-in-hosts.example"]
NEW_KEY = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


class Authority:
    def __init__(self, folder):
        self.certificate, authority_key = folder / "authority.pem", folder / "authority.key"
        self.server_certificate, self.server_key = folder / "server.pem", folder / "server.key"
        run("openssl", *NEW_KEY, "-keyout", authority_key, "-out", self.certificate, "-subj", "/CN=paramexec test authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign").must()
        run("openssl", *NEW_KEY, "-keyout", self.server_key, "-out", self.server_certificate, "-subj", "/CN=AWS in a test",
            "-CA", self.certificate, "-CAkey", authority_key, "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES)).must()
        # Containers read it as whatever user they run as.
        self.certificate.chmod(0o644)
