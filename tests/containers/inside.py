"""What a container finds around it in AWS, on the platform's own addresses: inside.py SETTINGS (a JSON file).

Two name servers, of which one answers over TCP alone; the credential endpoints of ECS, EKS Pod Identity and EC2; an STS for web identities; and an address that
takes connections and never answers. Runs in a network namespace of the test's own, until its standard input closes.

Each of them is asked to misbehave by the file SETTINGS names as `moods`: {"ecs": "404"}. What it was asked is appended to
the file `events`.
"""

import json
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESSES = {"ecs": "169.254.170.2", "pod identity": "169.254.170.23", "imds": "169.254.169.254", "sts": "127.0.0.2"}
ROLE = "shop-role"
IMDS_TOKEN = "imds-session-token"

with open(sys.argv[1]) as file:
    settings = json.load(file)
SILENT, TRUNCATING = settings["silent"], settings["truncating"]
NAMES = {"sts.eu-west-1.amazonaws.com": ADDRESSES["sts"], "ssm.eu-north-1.amazonaws.com": SILENT}


def event(text):
    with open(settings["events"], "a") as file:
        file.write(text + "\n")


class Names(socketserver.BaseRequestHandler):
    """Answers for amazonaws.com with addresses of this namespace; no other name exists."""

    def handle(self):
        query, reply = self.request
        reply.sendto(self.answer(query), self.client_address)

    def answer(self, query):
        end, labels = 12, []
        while length := query[end]:
            labels.append(query[end + 1:end + 1 + length].decode())
            end += length + 1
        name, kind = ".".join(labels).lower(), query[end + 2]
        known = name.endswith(".amazonaws.com")
        answer = b""
        if known and kind == 1:
            answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04" + socket.inet_aton(NAMES.get(name, "127.0.0.1"))
        flags = b"\x81\x80" if known else b"\x81\x83"  # no error, or NXDOMAIN
        counts = b"\0\x01" + (b"\0\x01" if answer else b"\0\0") + b"\0\0\0\0"
        return query[:2] + flags + counts + query[12:end + 5] + answer


class TruncatedNames(Names):
    """Says over UDP that the answer is too long for it."""

    def answer(self, query):
        event("truncated names")
        return query[:2] + b"\x83\x80\0\x01\0\0\0\0\0\0" + query[12:]


class WholeNames(Names):
    """The same name server over TCP, where two bytes of length stand before each message."""

    def handle(self):
        stream = self.request.makefile("rwb")
        while length := stream.read(2):
            answer = self.answer(stream.read(int.from_bytes(length, "big")))
            stream.write(len(answer).to_bytes(2, "big") + answer)
            stream.flush()


class NoNames(socketserver.BaseRequestHandler):
    """A name server that a firewall hides."""

    def handle(self):
        event("silent names")


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        event("silent")
        while self.request.recv(4096):
            pass


class Endpoint(BaseHTTPRequestHandler):
    """A credential endpoint; which one, its address says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        source = next(name for name, address in ADDRESSES.items() if address == self.server.server_address[0])
        size = int(self.headers.get("Content-Length") or 0)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        with open(settings["moods"]) as file:
            self.mood = json.load(file).get(source, "right")
        event(f"{source} {self.command} {self.path}")
        if self.mood == "silent":
            time.sleep(3600)
        {"ecs": self.ecs, "pod identity": self.pod_identity, "imds": self.imds, "sts": self.sts}[source](form)

    do_PUT = do_POST = do_GET

    def ecs(self, _):
        self.container(self.path == settings["ecs_path"], "no task has these credentials")

    def pod_identity(self, _):
        right = self.headers.get("Authorization") == settings["pod_token"]
        self.container(right and self.path == "/v1/credentials", "the token is not known here")

    def container(self, right, otherwise):
        if self.mood == "malformed":
            return self.answer(200, "<html>captive portal</html>", "text/html")
        if self.mood != "right" or not right:
            code = int(self.mood) if self.mood != "right" else 400
            return self.answer(code, json.dumps({"code": "Refused", "message": otherwise}))
        creds = settings["credentials"]
        self.answer(200, json.dumps({"AccessKeyId": creds["AccessKeyId"], "SecretAccessKey": creds["SecretAccessKey"],
                                     "Token": creds["SessionToken"], "Expiration": settings["expires"]}))

    def imds(self, _):
        """Version 2: without the token of a PUT there is nothing."""
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.command == "PUT" and self.path == "/latest/api/token":
            if self.mood == "403":  # what an instance answers whose metadata service is turned off
                return self.answer(403, "")
            ttl = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds")
            return self.answer(200, IMDS_TOKEN, "text/plain", ("x-aws-ec2-metadata-token-ttl-seconds", ttl))
        if self.headers.get("x-aws-ec2-metadata-token") != IMDS_TOKEN:
            return self.answer(401, "")
        if self.path == "/latest/meta-data/placement/region":
            return self.answer(200, "eu-west-1", "text/plain")
        if self.path == roles and self.mood != "404":  # an instance without a role
            return self.answer(200, ROLE, "text/plain")
        if self.path == roles + ROLE:
            if self.mood == "malformed":
                return self.answer(200, "<html>captive portal</html>", "text/html")
            creds = settings["credentials"]
            return self.answer(200, json.dumps({
                "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": creds["AccessKeyId"], "Token": creds["SessionToken"],
                "SecretAccessKey": creds["SecretAccessKey"], "Expiration": settings["expires"],
                "LastUpdated": "2020-01-01T00:00:00Z"}))
        self.answer(404, "")

    def sts(self, form):
        if self.mood == "malformed":
            return self.answer(200, "<html>captive portal</html>", "text/html")
        right = (form.get("Action") == "AssumeRoleWithWebIdentity" and form.get("RoleArn") == settings["role"]
                 and form.get("WebIdentityToken") == settings["web_token"])
        if self.mood != "right" or not right:
            status = int(self.mood) if self.mood != "right" else 400
            code, message = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
            if status != 403:
                code, message = ("InvalidIdentityToken", "No OpenIDConnect provider found")
            return self.answer(status, f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}"
                                       "</Message></Error><RequestId>1</RequestId></ErrorResponse>", "text/xml")
        creds = "".join(f"<{name}>{text}</{name}>" for name, text in settings["credentials"].items())
        user = "<AssumedRoleUser><AssumedRoleId>A:web</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/a/web</Arn></AssumedRoleUser>"
        self.answer(200, f"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>{user}<Credentials>{creds}"
                         f"<Expiration>{settings['expires']}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                         "</AssumeRoleWithWebIdentityResponse>", "text/xml")

    def answer(self, status, body, kind="application/json", *headers):
        self.send_response(status)
        for name, text in [("Content-Type", kind), ("Content-Length", str(len(body.encode()))), *headers]:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Connections(socketserver.ThreadingTCPServer):
    daemon_threads = True


def servers():
    yield socketserver.UDPServer(("127.0.0.1", 53), Names)
    yield socketserver.UDPServer((SILENT, 53), NoNames)
    yield socketserver.UDPServer((TRUNCATING, 53), TruncatedNames)
    yield Connections((TRUNCATING, 53), WholeNames)
    yield Connections((SILENT, 443), Silent)
    for source, address in ADDRESSES.items():
        server = ThreadingHTTPServer((address, 443 if source == "sts" else 80), Endpoint)
        if source == "sts":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(settings["certificate"], settings["key"])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


if __name__ == "__main__":
    for server in list(servers()):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.buffer.read()
