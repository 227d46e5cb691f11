"""The business page of a kiosk: kiosk_page.py FILE [COLOUR]. Its port, then the path of each request, go to FILE, one a line.

The page tells what it sees: keys that reach it, and what came of printing and of a download. Standard library only."""
import http.server
import sys

PAGE = """<!doctype html><meta charset="utf-8"><title>kiosk</title><body style="background:%s;margin:0"><input hidden value="%s"><script>
onkeydown = (e) => fetch('/key/' + e.code);
onbeforeprint = () => fetch('/prints');
onload = () => setTimeout(() => {
  window.print();
  const link = document.body.appendChild(document.createElement('a'));
  link.href = '/certificate.bin';
  link.download = 'certificate.bin';
  link.click();
  fetch('/begun');
}, 100);
</script>"""


def person(load):
    """What the page knows of whoever it was loaded for: another one each time."""
    return f"applicant-of-load-{load:06d}-of-this-page"


class Answers(http.server.BaseHTTPRequestHandler):
    heard, colour, loads = None, "#00ff00", 0

    def do_GET(self):
        print(self.path, file=self.heard, flush=True)
        file = self.path == "/certificate.bin"
        if self.path == "/":
            Answers.loads += 1
        body = b"x" * 4096 if file else (PAGE % (self.colour, person(self.loads))).encode() if self.path == "/" else b""
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if file else "text/html")
        if file:
            self.send_header("Content-Disposition", "attachment; filename=certificate.bin")
        if self.path == "/":
            self.send_header("Set-Cookie", "person=canary-of-a-session; max-age=86400")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Heard above."""


def main():
    Answers.heard = open(sys.argv[1], "a", encoding="utf-8")
    Answers.colour = sys.argv[2] if len(sys.argv) > 2 else Answers.colour
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    print(server.server_address[1], file=Answers.heard, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
