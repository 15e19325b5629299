"""So many a minute from one address, and a crowd at once now and then."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000  # remembered; the one that came least lately is forgotten first


class Rate:
    """A bucket of tokens for each address: it holds `crowd`, and `a_minute` of them come back.

    An IPv6 address counts with the whole network of 64 bits that one customer is given.
    """

    def __init__(self, a_minute: int, crowd: int, clock: Callable[[], float]) -> None:
        self._a_second = a_minute / 60
        self._crowd = crowd
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def take(self, address: str) -> float:
        """0 where one more may come; else nothing is taken, and these are the seconds to wait."""
        name, now = network_of(address), self._clock()
        tokens, since = self._buckets.pop(name, (float(self._crowd), now))
        tokens = min(self._crowd, tokens + (now - since) * self._a_second)
        enough = tokens >= 1
        self._buckets[name] = (tokens - enough, now)
        while len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0.0 if enough else (1 - tokens) / self._a_second


def network_of(address: str) -> str:
    """The address, or the network of 64 bits that an IPv6 one is of."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped  # as a socket for both families gives it
    return str(mapped or ipaddress.ip_network((found.packed, 64), strict=False))
