"""AppClient: a business program's side of the agent's local API, over a WebSocket of its own (RFC 6455). Standard library only."""
import base64
import json
import os
import socket
import struct


class Refused(Exception):
    """What the agent or the platform refused; `code` is the word."""

    def __init__(self, code, detail=""):
        super().__init__(f"{code} {detail}")
        self.code = code


class AppClient:
    def __init__(self, port, token, host="127.0.0.1", origin=None, seconds=30, name=None):
        self.link = socket.create_connection((host, port), timeout=seconds)
        self.next, self.handle, self.ended, self.pending = 1, None, None, b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /session HTTP/1.1", f"Host: {name or f'{host}:{port}'}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *([f"Origin: {origin}"] if origin else []), "", ""]
        self.link.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self.pending:
            self.more()
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        if self.status != 101:
            raise Refused(f"status {self.status}")
        self.send({"type": "hello", "token": token})
        ready = self.read()
        if ready["type"] != "ready":
            raise Refused(ready["code"], ready.get("detail", ""))

    def more(self):
        got = self.link.recv(65536)
        if not got:
            raise Refused("closed")
        self.pending += got

    def take(self, count):
        while len(self.pending) < count:
            self.more()
        out, self.pending = self.pending[:count], self.pending[count:]
        return out

    def send(self, message, opcode=1):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        size = len(data)
        head = bytes([0x80 | opcode, 0x80 | (size if size < 126 else 126 if size < 65536 else 127)])
        head += struct.pack(">H", size) if 126 <= size < 65536 else struct.pack(">Q", size) if size >= 65536 else b""
        mask = self.new_mask()
        self.link.sendall(head + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data)))

    def new_mask(self):
        return os.urandom(4)

    def read(self):
        while True:
            first, second = self.take(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            if first & 15 == 9:
                self.send(data, 10)
            elif first & 15 == 8:
                raise Refused("closed")
            elif first & 15 == 1:
                return json.loads(data)

    def post(self, message):
        """Sends without waiting for the answer; gives its number."""
        number, self.next = self.next, self.next + 1
        self.send({**message, "id": number})
        return number

    def answer(self, number):
        while True:
            heard = self.read()
            if heard["type"] == "ended":
                self.ended = heard["reason"]
            elif heard.get("id") == number:
                if heard["type"] == "error":
                    raise Refused(heard["code"], heard.get("detail", ""))
                return heard

    def ask(self, message):
        return self.answer(self.post(message))

    def wait_ended(self):
        while self.ended is None:
            heard = self.read()
            self.ended = heard["reason"] if heard["type"] == "ended" else None
        return self.ended

    def challenge(self):
        return self.ask({"type": "challenge"})["nonce"]

    def begin(self, matter, identity_token=None):
        begun = self.ask({"type": "begin", "matter": matter, **({"identity_token": identity_token} if identity_token else {})})
        self.handle = begun["handle"]
        return begun

    def step(self, name, result="ok"):
        return self.ask({"type": "step", "handle": self.handle, "step": name, "result": result})

    def wanted(self, service, method, path, **more):
        return {"type": "request", "handle": self.handle, "service": service, "method": method, "path": path, **more}

    def request(self, service, method, path, **more):
        return self.ask(self.wanted(service, method, path, **more))

    def say(self, kind, **more):
        return self.ask({"type": kind, "handle": self.handle, **more})

    def put(self, field, value):
        return self.say("put", field=field, value=value)

    def get(self, field):
        return self.say("get", field=field)["text"]

    def reveal(self, field, purpose="entry", place="entry_screen"):
        return self.say("reveal", field=field, purpose=purpose, place=place)["text"]

    def drop(self, field):
        return self.say("drop", field=field)

    def submit(self, number, consent="C-1", purpose="entry", status="filed", **more):
        return self.say("submit", number=number, consent=consent, purpose=purpose, status=status, **more)

    def stored(self, case, consent="C-1", purpose="entry"):
        return self.say("case", case=case, consent=consent, purpose=purpose)

    def find(self, field, value, consent="C-1", purpose="entry"):
        return self.say("find", field=field, value=value, consent=consent, purpose=purpose)["cases"]

    def reveal_case(self, case, fields, consent="C-1", purpose="entry", place="entry_screen"):
        return self.say("reveal_case", case=case, fields=fields, consent=consent, purpose=purpose, place=place)

    def remove_case(self, case, version, consent="C-1", purpose="entry"):
        return self.say("remove_case", case=case, version=version, consent=consent, purpose=purpose)

    def put_file(self, case, field, octets, consent="C-1", purpose="entry", part=192 * 1024, heard=lambda taken: None):
        """Sends a file in parts; gives the answer to the last one."""
        for offset in range(0, len(octets), part):
            answer = self.say("put_file", case=case, field=field, consent=consent, purpose=purpose, size=len(octets), offset=offset,
                              data_base64=base64.b64encode(octets[offset:offset + part]).decode())
            heard(answer["taken"])
        return answer

    def end(self):
        return self.ask({"type": "end", "handle": self.handle})

    def close(self):
        self.link.close()
