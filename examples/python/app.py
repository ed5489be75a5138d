"""A web application that takes its settings from the environment, as usual. It does not know about paramexec."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

database = urlsplit(os.environ["DATABASE_URL"])
api_token = os.environ["API_TOKEN"]


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        # A driver would connect with unquote(database.password) here.
        length = len(unquote(database.password))
        body = f"{unquote(database.username)} on {database.hostname}{database.path}, password of {length} characters\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Shop)
print(f"listening on port {server.server_port}", flush=True)
server.serve_forever()
