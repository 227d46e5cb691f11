"""A client of the platform's REST and WebSocket API for tests and the demo: standard library only."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import queue
import socket
import struct
import threading
import time


def totp(secret_base32, at=None):
    """RFC 6238 with SHA-1, 30 s, 6 digits."""
    key = base64.b32decode(secret_base32 + "=" * (-len(secret_base32) % 8))
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body
        self.code = body.get("code") if isinstance(body, dict) else None


class Console:
    """One administrator's session."""

    contract = None  # judges every exchange, where a test sets one (tests/support/contract.py)

    def __init__(self, port, host="127.0.0.1"):
        self.host, self.port, self.cookie, self.csrf = host, port, None, None
        self.rude = False  # what it sends may be wrong: only replies are judged
        self.session, self.totp_secret, self.password, self.used_step = None, None, None, 0

    def call(self, method, path, body=None, headers=None):
        try:
            text = self.exchange(method, path, body, headers)[0]
        except Refused as refused:
            if refused.code != "confirm_identity" or self.password is None:
                raise
            self.confirm()
            text = self.exchange(method, path, body, headers)[0]
        return json.loads(text) if text else {}

    def confirm(self):
        """Shows password and code once more, as the console's dialog does. A code is good once: waits for a new one."""
        while int(time.time() // 30) <= self.used_step:
            time.sleep(0.2)
        self.used_step = int(time.time() // 30)
        self.exchange("POST", "/session/confirm", {"password": self.password, "code": totp(self.totp_secret)})

    def exchange(self, method, path, body=None, headers=None):
        """The answer's octets and headers; raises Refused."""
        link = http.client.HTTPConnection(self.host, self.port, timeout=20)
        wanted = self.contract if path.startswith("/") and not self.rude else None
        if wanted:
            wanted.request(method, path, body)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-Kw-Csrf"] = self.csrf
        sent.update(headers or {})
        try:
            link.request(method, "/api/v1" + path, None if body is None else json.dumps(body), sent)
            answer = link.getresponse()
            text = answer.read()
            for value in answer.headers.get_all("Set-Cookie") or []:
                self.cookie = value.split(";")[0]
        finally:
            link.close()
        if self.contract and path.startswith("/"):
            self.contract.reply(method, path, answer.status, text)
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(text) if text else {})
        return text, answer.headers

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def activate(self, account, one_time_password, new_password):
        begun = self.post("/activation", {"account": account, "one_time_password": one_time_password,
                                          "new_password": new_password})
        self.totp_secret, self.password, self.used_step = begun["totp_secret"], new_password, int(time.time() // 30)
        self._enter(self.post("/activation/confirm", {"activation": begun["activation"], "code": totp(self.totp_secret)}))
        return self

    def login(self, account, password, totp_secret, at=None):
        self.totp_secret, self.password = totp_secret, password
        self.used_step = int((time.time() if at is None else at) // 30)
        self._enter(self.post("/session", {"account": account, "password": password, "code": totp(totp_secret, at)}))
        return self

    def _enter(self, session):
        self.session, self.csrf = session, session["csrf"]

    def live(self):
        return Live(self)

    def invite(self, approver, account, person, role, name=None, **more):
        """A new account as it takes two people: asked for here, approved by `approver`; gives the one-time password."""
        asked = self.post("/users", {"account": account, "display_name": name or account, "person": person, "role": role,
                                     **more})
        done = approver.post(f"/requests/{asked['id']}/approve", {"reason": "known"})
        if done["outcome"] != "done":
            raise Refused(409, {"code": done["outcome"]})
        user = next(u for u in self.get("/users")["items"] if u["account"] == account)
        return self.post(f"/users/{user['id']}/invite")["one_time_password"]


class Live:
    """The WebSocket of one session: messages wait in a queue with the time at which they came."""

    def __init__(self, console):
        self.messages = queue.Queue()
        self.seen = []
        self.link = socket.create_connection((console.host, console.port), timeout=20)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.link.sendall((f"GET /api/v1/live HTTP/1.1\r\nHost: {console.host}:{console.port}\r\nUpgrade: websocket\r\n"
                           f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                           f"Origin: http://{console.host}:{console.port}\r\nCookie: {console.cookie}\r\n\r\n").encode())
        self.stream = self.link.makefile("rb")
        status = self.stream.readline()
        if b" 101 " not in status:
            raise Refused(int(status.split()[1]), {})
        while self.stream.readline().strip():
            pass
        self.link.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        text = b""
        try:
            while True:
                first, second = self.stream.read(2)
                size = second & 127
                if size == 126:
                    size = struct.unpack(">H", self.stream.read(2))[0]
                elif size == 127:
                    size = struct.unpack(">Q", self.stream.read(8))[0]
                data = self.stream.read(size)
                opcode = first & 15
                if opcode == 8:
                    break
                if opcode == 9:
                    self._send(10, data)
                    continue
                text += data
                if first & 128 and opcode in (0, 1):
                    self.messages.put((time.monotonic(), json.loads(text)))
                    text = b""
        except (OSError, ValueError):  # the server or the test closed the stream
            pass
        self.messages.put((time.monotonic(), None))

    def _send(self, opcode, data):
        mask = os.urandom(4)
        self.link.sendall(bytes([128 | opcode, 128 | len(data)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def wait(self, wanted, seconds=15):
        """Returns (time, message) of the first message from now on for which wanted(message) holds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                at, message = self.messages.get(timeout=left)
            except queue.Empty:
                break
            if message is None:
                raise ConnectionError("the live stream closed")
            self.seen.append(message)
            if wanted(message):
                return at, message
        raise TimeoutError(f"nothing fitting within {seconds} s; saw {[m['kind'] for m in self.seen[-20:]]}")

    def close(self):
        try:
            self.link.shutdown(socket.SHUT_RDWR)
        except OSError:  # closed already
            pass
        self.link.close()


def wait_until(what, seconds=20, every=0.05, why="condition"):
    """Polls what() until it gives something true; returns it. Raises TimeoutError naming `why`."""
    until = time.monotonic() + seconds
    problem = None
    while time.monotonic() < until:
        try:
            if value := what():
                return value
        except (OSError, Refused) as error:  # not up yet: the deadline decides
            problem = error
        threading.Event().wait(every)
    raise TimeoutError(f"{why}: not within {seconds} s ({problem})")
