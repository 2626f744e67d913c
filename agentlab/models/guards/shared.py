"""One Redis, or a cluster of them, and what happens while it is away. No call ever fails or hangs for it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import unquote

from agentlab.models.guards.states import SharedState
from agentlab.models.guards.waiting import Lane, Outage, Patience

T = TypeVar("T")
MARGIN_S = 0.02
"""Seconds beyond those of the socket after which a call is no longer waited for."""


class Shared:
    """The Redis at ``url``, connected to with the first question; safe in any number of threads and event loops."""

    def __init__(self, url: str, lane: Lane, patience: Patience) -> None:
        self._url = url
        self._lane = lane
        self._answer_s = patience.answer_s
        self._outage = Outage(
            f"The Redis at {without_password(url)}",
            "Model cache, breakers and rate limits of this process are its own until it can.",
            rest_s=patience.rest_s,
        )
        self._lock = threading.Lock()
        self._client: Any = None
        self._imported = False

    async def ask(self, work: Callable[[Any], T], otherwise: Callable[[], Awaitable[T]]) -> T:
        """What ``work`` finds with the client, in a thread; what ``otherwise`` says at once while Redis is away.

        ``work`` may have been done although its answer was lost.
        """
        state = self._outage.may_try()
        if state is None:
            return await otherwise()
        try:
            if not self._imported:  # takes longer than any answer may
                await self._lane.run(_import)
                self._imported = True
            result = await self._lane.run(lambda: work(self._connected()), within_s=self._answer_s + MARGIN_S)
        except Exception as error:  # noqa: BLE001 - whatever breaks on the way to Redis, a run goes on without it
            self._outage.began(state, self._told(error))
            return await otherwise()
        self._outage.ended(state)
        return result

    def state(self) -> SharedState:
        """How it stands by the last question that was asked."""
        return SharedState(
            url=without_password(self._url),
            reachable=self._outage.over,
            since=self._outage.since,
            error=self._outage.error,
        )

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _connect(self._url, self._answer_s)
            return self._client

    def _told(self, error: Exception) -> str:
        """The error without the password, should it hold it."""
        said = str(error) or type(error).__name__
        password = _credentials(self._url)[1]
        return said.replace(password, "…").replace(unquote(password), "…") if password else said


def without_password(url: str) -> str:
    """The URL with its scheme and place only: options after a question mark may hold a password as well."""
    scheme, place, path = _parts(url)
    return f"{scheme}://{place.rpartition('@')[2]}{path}"


def _credentials(url: str) -> tuple[str, str]:
    """User and password as they are written in the URL."""
    user, _, password = _parts(url)[1].rpartition("@")[0].partition(":")
    return user, password


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, place and path. The library's own reader refuses a list of hosts of which one is an IPv6 address."""
    scheme, _, rest = url.partition("://")
    rest = rest.partition("?")[0].partition("#")[0]
    place, slash, path = rest.partition("/")
    return scheme, place, slash + path


def _import() -> None:
    import redis
    import redis.cluster  # noqa: F401 - loaded here, so that no question has to wait for it


def _connect(url: str, answer_s: float) -> Any:
    """A client that tries once, in little time. One for a cluster asks its nodes for the map, and may raise."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.cluster import ClusterNode, RedisCluster
    from redis.retry import Retry

    node: Any = ClusterNode  # without types in the library
    # The second protocol and no name of the library: a connection then begins without a question of its own.
    options: dict[str, Any] = {
        "socket_timeout": answer_s,
        "socket_connect_timeout": answer_s,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
        "protocol": 2,
        "driver_info": None,
    }
    scheme, where, _ = _parts(url)
    if "+cluster" not in scheme:
        return Redis.from_url(url, **options)
    user, password = _credentials(url)
    places = [place.rpartition(":") for place in where.rpartition("@")[2].split(",")]
    return RedisCluster(
        startup_nodes=[node(host.strip("[]"), int(port)) for host, _, port in places],
        username=unquote(user) or None,
        password=unquote(password) or None,
        ssl=scheme.startswith("rediss"),
        **options,
    )
