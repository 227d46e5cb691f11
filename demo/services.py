"""The business system and the "Internet" host of the demo site: small listeners, told apart by their name.

usage: services.py business|internet
"""
import http.server
import pathlib
import socket
import socketserver
import sys
import threading

PAGE = """<!doctype html><meta charset="utf-8"><title>{name}</title><h1>{name}</h1><p>{text}</p>"""
TEXTS = {
    "business": ("政务服务业务系统 (demo)", "A business system that the kiosk may reach."),
    "internet": ("Internet host (demo)", "A place that no kiosk should ever reach."),
}


REPO = pathlib.Path(__file__).resolve().parent.parent
PORTAL = {  # the business page of the kiosk's screen, with the client that it uses
    "/portal/": (REPO / "demo" / "portal" / "index.html", "text/html; charset=utf-8"),
    "/portal/portal.css": (REPO / "demo" / "portal" / "portal.css", "text/css"),
    "/portal/portal.js": (REPO / "demo" / "portal" / "portal.js", "text/javascript"),
    "/portal/kioskward.js": (REPO / "clients" / "js" / "kioskward.js", "text/javascript"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    name = "business"

    def do_GET(self):
        title, text = TEXTS[self.name]
        body, kind = PAGE.format(name=title, text=text).encode(), "text/html; charset=utf-8"
        place = self.path.split("?")[0]
        if self.name == "business" and place in PORTAL:
            file, kind = PORTAL[place]
            body = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # a demo service keeps no log


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def echo_udp(port):
    box = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    box.bind(("0.0.0.0", port))
    while True:
        data, peer = box.recvfrom(2048)
        box.sendto(data, peer)


def main():
    name = sys.argv[1]
    Handler.name = name
    udp, tcp = {"business": ([9000], [8080]), "internet": ([53, 9000], [80, 443, 8080])}[name]
    for port in udp:
        threading.Thread(target=echo_udp, args=(port,), daemon=True).start()
    servers = [Server(("0.0.0.0", port), Handler) for port in tcp]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
