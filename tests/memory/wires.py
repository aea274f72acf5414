"""A wire between a client and Redis for the tests: it counts the exchanges, and can be cut, held or turned off."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Wire:
    """Listens on a socket of its own and passes everything on; `exchanges` counts the times a client asked."""

    def __init__(self, path, target):
        self.url = f"unix://{path}"
        self.exchanges = 0
        self.held = False
        self._target = target
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(64)
        self._pairs = {}
        self._asking = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ)
        self._bell, self._ear = socket.socketpair()
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._bell.close()
        self._thread.join()
        for end in [self._door, self._ear, *self._pairs]:
            end.close()
        self._selector.close()

    def _carry(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._ear:
                    return
                if key.fileobj is self._door:
                    self._accept()
                else:
                    self._pass(key.fileobj)

    def _accept(self):
        near, far = self._door.accept()[0], socket.socket(socket.AF_UNIX)
        far.connect(str(self._target))
        self._pairs |= {near: far, far: near}
        self._asking |= {near: True, far: False}
        for end in (near, far):
            self._selector.register(end, selectors.EVENT_READ)
        self._last = far

    def _pass(self, end):
        other = self._pairs[end]
        octets = end.recv(1 << 20)
        if octets and self._asking[end] and self._last is not end:
            self.exchanges += 1
        self._last = end
        if octets and self.held:
            return
        if octets:
            with contextlib.suppress(OSError):
                other.sendall(octets)
            return
        for one in (end, other):
            self._selector.unregister(one)
            del self._pairs[one]
            one.close()
