"""Relay: a loopback port of the host that ends inside a namespace, so that a browser here reaches the console there."""
import socket
import threading


class Relay:
    def __init__(self, network, host, inner_port, outer_port=0):
        self.network, self.host, self.inner_port = network, host, inner_port
        self.listener = socket.create_server(("127.0.0.1", outer_port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                outer, _ = self.listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(outer,), daemon=True).start()

    def _serve(self, outer):
        try:
            inner = self.network.inside(
                self.host, lambda: socket.create_connection(("127.0.0.1", self.inner_port), timeout=5))
        except OSError:  # the server is down: the browser sees the same
            outer.close()
            return
        inner.settimeout(None)
        for one in (inner, outer):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pump, args=(inner, outer), daemon=True)
        back.start()
        self._pump(outer, inner)
        back.join()
        inner.close()
        outer.close()

    @staticmethod
    def _pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:  # either side went away
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:  # already gone
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
