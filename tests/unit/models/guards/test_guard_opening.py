"""From settings to guards: what is refused, what is imported and what is opened."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from agentlab.errors import MissingExtra, SettingsInvalid
from agentlab.models.guards import open_guards
from agentlab.models.guards.shared import without_password
from agentlab.settings import Settings, read_settings

GOOD = [
    "redis://localhost",
    "redis://:s3cret@db.internal:6379/2",
    "redis://lab:s3cret@[::1]:6379",
    "rediss://lab:s3cret@db.internal:6380/0?ssl_cert_reqs=none",
    "redis+cluster://a:6379,b:6379,[::1]:6380",
    "rediss+cluster://lab:s3c%2Fret@a:6379,b:6379",
]
BAD = [
    "localhost:6379",
    "http://:s3cret@localhost:6379",
    "redis://",
    "redis://:s3cret@",
    "redis://a:6379,b:6379",
    "redis+cluster://:s3cret@a",
    "redis+cluster://a:6379,b",
    "redis+cluster://a:6379/0",
    "memcached://:s3cret@a:1",
]


@pytest.mark.parametrize("url", GOOD)
def test_urls_of_a_redis_are_taken(url) -> None:
    assert read_settings(redis_url=url).redis_url.get_secret_value() == url
    assert "s3c" not in repr(read_settings(redis_url=url))
    assert "s3c" not in without_password(url)


@pytest.mark.parametrize("url", BAD)
def test_other_urls_are_refused_and_not_repeated(url) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(redis_url=url)

    assert "AGENTLAB_REDIS_URL=**********: Value error, a Redis is redis://" in refused.value.message
    assert "s3cret" not in str(refused.value) + repr(refused.value.context)
    with pytest.raises(ValueError, match="a Redis is redis://") as refused_too:
        Settings(redis_url=url)
    assert "s3cret" not in str(refused_too.value)


def test_a_cache_on_redis_needs_a_redis() -> None:
    with pytest.raises(SettingsInvalid, match="this needs a Redis: set AGENTLAB_REDIS_URL"):
        read_settings(model_cache="redis")


@pytest.mark.parametrize(("url", "place"), [("", "DiskCache"), ("redis://127.0.0.1:1", "RedisCache")])
def test_auto_is_redis_where_one_is_set_and_else_the_disk(tmp_path, url, place) -> None:
    guards = open_guards(Settings(home=tmp_path, redis_url=url))

    assert type(guards.cache._store).__name__ == place


def test_opening_makes_no_file_and_imports_neither_redis_nor_limits(tmp_path) -> None:
    script = (
        "import sys; from agentlab.settings import Settings; from agentlab.models.guards import open_guards; "
        f"open_guards(Settings(home={str(tmp_path)!r}, redis_url='redis://127.0.0.1:1')); "
        "print([name for name in ('redis', 'limits', 'sqlalchemy') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_a_redis_without_its_client_says_what_to_install(tmp_path) -> None:
    script = (
        "import importlib.machinery as machinery\n"
        "find = machinery.PathFinder.find_spec\n"
        "machinery.PathFinder.find_spec = classmethod(\n"
        "    lambda cls, name, *rest: None if name == 'redis' else find(name, *rest))\n"
        "from agentlab.errors import MissingExtra\n"
        "from agentlab.settings import Settings\n"
        "from agentlab.models.guards import open_guards\n"
        "try: open_guards(Settings(redis_url='redis://:s3cret@127.0.0.1:1'))\n"
        "except MissingExtra as error: print(error)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(MissingExtra("AGENTLAB_REDIS_URL is set, and sharing over Redis", "team"))


def test_guards_that_were_closed_open_again(tmp_path) -> None:
    guards = open_guards(Settings(home=tmp_path))
    asyncio.run(guards.cache.put("k", "kept"))
    asyncio.run(guards.aclose())

    assert asyncio.run(guards.cache.get("k")) == "kept"
    asyncio.run(guards.aclose())
