"""Ports on 127.0.0.1 for servers that are started, killed and started again."""
import random
import socket

# Below the range from which the system takes ports for outgoing connections: one of those must not
# take a server's port between its kill and its restart.
_FIRST, _LAST = 20000, 32000
_taken = set()


def free_port():
    """A port that nobody listens on, never given out twice by this process."""
    generator = random.SystemRandom()
    while True:
        port = generator.randrange(_FIRST, _LAST)
        if port in _taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _taken.add(port)
        return port
