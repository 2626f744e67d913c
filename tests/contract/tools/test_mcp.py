"""Tools of real MCP servers: trusted before they are used, pinned, checked, and marked as coming from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

import agentlab
from agentlab.errors import McpUnusable, SettingsInvalid, UnknownTool
from agentlab.tools.mcp.offer import Offered

SERVER = str(Path(__file__).with_name("mcp_server.py"))


def shop(**more):
    return {"shop": {"command": [sys.executable, SERVER], **more}}


def trusted(home, servers=None):
    lab = agentlab.open(home=str(home), mcp_servers=servers or shop())
    for offer in lab.mcp_offers("shop"):
        lab.mcp_trust(offer)
    return lab


@pytest.fixture
def lab(tmp_path):
    with trusted(tmp_path) as lab:
        yield lab


def test_nothing_of_a_server_is_there_before_somebody_has_looked(tmp_path) -> None:
    starts = tmp_path / "starts"
    servers = shop(env={"STARTS": str(starts)})

    with agentlab.open(home=str(tmp_path / "home"), mcp_servers=servers) as lab:
        assert not [spec for spec in lab.tools.specs() if spec.category == "mcp"]
        assert not starts.exists()
        (offer,) = lab.mcp_offers()
        assert {state for _, state in offer.tools} == {"new"}
        lab.mcp_trust(offer)
        assert "mcp.shop.price" in [spec.name for spec in lab.tools.specs()]

    with agentlab.open(home=str(tmp_path / "home"), mcp_servers=servers) as again:
        spec = again.tools.get("mcp.shop.price").spec
        assert starts.read_text().count("started") == 1  # opening a lab starts no server
    assert (spec.changes_world, spec.category) == (True, "mcp")
    assert spec.description.startswith("Look up the price of an article.")


def test_a_plan_uses_it_and_its_result_is_untrusted(lab) -> None:
    plan = {"goal": "g", "steps": [{"id": "p", "tool": "mcp.shop.price", "args": {"article": "pen", "amount": 2}}]}

    run = lab.run("", plan=plan)

    assert run.status == "succeeded"
    assert json.loads(run.answer)["structured"] == {"article": "pen", "cents": 240}
    assert lab.call("mcp.shop.price", {"article": "pen"}).untrusted


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({}, "'article' is a required property"),
        ({"article": 3}, "article: 3 is not of type 'string'"),
        ({"artcle": "pen", "article": "pen"}, "Did you mean article?"),
        ({"article": "pen", "amount": "two"}, "amount"),
    ],
)
def test_wrong_arguments_never_reach_the_server(lab, args, says) -> None:
    result = lab.call("mcp.shop.price", args)

    assert result.error.kind == "invalid_arguments"
    assert says in result.error.message


def test_a_server_gets_no_secret_but_those_that_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-never")
    monkeypatch.setenv("MY_SHOP_TOKEN", "token-of-the-shop")

    with trusted(tmp_path, shop(env={"SHOP_TOKEN": "$MY_SHOP_TOKEN"})) as lab:
        text = lab.call("mcp.shop.environment").data["text"]

    assert "token-of-the-shop" in text
    assert "ANTHROPIC_API_KEY" not in text
    assert "MY_SHOP_TOKEN" not in text


def test_a_secret_that_is_not_set_is_asked_for(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("MY_SHOP_TOKEN", raising=False)

    servers = shop(env={"T": "$MY_SHOP_TOKEN"})
    with (
        agentlab.open(home=str(tmp_path), mcp_servers=servers) as lab,
        pytest.raises(SettingsInvalid, match="MY_SHOP_TOKEN"),
    ):
        lab.mcp_offers("shop")


def test_what_a_server_describes_otherwise_than_it_was_trusted_is_refused(tmp_path) -> None:
    trusted(tmp_path).close()

    with agentlab.open(home=str(tmp_path), mcp_servers=shop(env={"KIND": "changed"})) as lab:
        spec = lab.tools.get("mcp.shop.price").spec
        refused = lab.call("mcp.shop.price", {"article": "pen"})
        same = lab.call("mcp.shop.fail")
        (offer,) = lab.mcp_offers("shop")
        states = {tool.name: state for tool, state in offer.tools}
        lab.mcp_trust(offer)
        accepted = lab.call("mcp.shop.price", {"article": "pen"})

    assert "Ignore" not in spec.description  # a planner reads what was trusted
    assert refused.error.kind == "changed"
    assert "agentlab trust shop" in refused.error.message
    assert same.error.kind == "mcp"  # what has not changed works on
    assert (states["price"], states["fail"]) == ("changed", "trusted")
    assert accepted.success


def test_a_new_tool_is_not_there_and_one_that_is_gone_says_so(tmp_path) -> None:
    trusted(tmp_path, shop(env={"KIND": "more"})).close()

    with agentlab.open(home=str(tmp_path), mcp_servers=shop()) as lab:
        gone = lab.call("mcp.shop.buy", {"article": "pen"})
        with pytest.raises(UnknownTool):
            lab.call("mcp.shop.sell")

    assert gone.error.kind == "gone"


def test_hidden_characters_are_shown(tmp_path) -> None:
    with agentlab.open(home=str(tmp_path), mcp_servers=shop(env={"KIND": "hidden"})) as lab:
        (offer,) = lab.mcp_offers("shop")

    assert {tool.name: tool.hidden for tool, _ in offer.tools}["fail"] == ["U+200B", "U+E0041"]


def test_failures_of_a_server_are_typed(tmp_path) -> None:
    with trusted(tmp_path, shop(timeout_s=2)) as lab:
        failed, slow, large = (
            lab.call("mcp.shop.fail"),
            lab.call("mcp.shop.sleep", {"seconds": 30}),
            lab.call("mcp.shop.much", {"characters": 3_000_000}),
        )
        dead = lab.call("mcp.shop.die")
        back = lab.call("mcp.shop.price", {"article": "pen"})

    assert (failed.error.kind, "mcp.shop.fail failed" in failed.error.message) == ("mcp", True)
    assert slow.error.kind == "timeout"
    assert large.error.kind == "too_large"
    assert dead.error.kind in {"connect", "mcp", "timeout"}
    assert back.success, back.error  # a server that died is started again


def test_a_server_that_is_not_there_says_what_to_do(tmp_path) -> None:
    with agentlab.open(home=str(tmp_path), mcp_servers={"shop": {"command": ["no-such-program"]}}) as lab:
        with pytest.raises(McpUnusable, match="no-such-program"):
            lab.mcp_offers("shop")
        with pytest.raises(UnknownTool, match="shop"):
            lab.mcp_offers("shp")


def test_trusting_is_of_what_was_shown(tmp_path) -> None:
    with agentlab.open(home=str(tmp_path), mcp_servers=shop()) as lab:
        (offer,) = lab.mcp_offers("shop")
    with agentlab.open(home=str(tmp_path), mcp_servers=shop(env={"KIND": "changed"})) as lab:
        with pytest.raises(McpUnusable, match="something else"):
            lab.mcp_trust(offer)
        assert not lab.tools.mcp.pins.of("shop")


def test_over_http(tmp_path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, SERVER, str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        with trusted(tmp_path, {"shop": {"url": f"http://127.0.0.1:{port}/mcp"}}) as lab:
            assert lab.call("mcp.shop.price", {"article": "pen"}).data["structured"]["cents"] == 120
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert lab.call("mcp.shop.price", {"article": "pen"}).error.kind in {"connect", "mcp"}
    finally:
        process.kill()
        process.wait()


def test_servers_end_with_the_lab(tmp_path) -> None:
    with trusted(tmp_path) as lab:
        lab.call("mcp.shop.price", {"article": "pen"})
        children = _servers()
        assert children
    deadline = time.monotonic() + 10
    while set(_servers()) & set(children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not set(_servers()) & set(children)


def _servers() -> list[int]:
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else []:
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().split()[3]
        except (OSError, IndexError):
            continue
        if entry.name.isdigit() and b"mcp_server.py" in command and parent == str(os.getpid()):
            found.append(int(entry.name))
    return found


def test_the_command_line_looks_and_trusts(tmp_path) -> None:
    env = os.environ | {"AGENTLAB_HOME": str(tmp_path), "AGENTLAB_MCP_SERVERS": json.dumps(shop())}
    run = lambda *args: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "agentlab.cli.main", *args], env=env, capture_output=True, text=True, timeout=60
    )

    looked = run("trust", "shop")
    assert "price [new]  Look up the price" in looked.stdout
    assert "agentlab trust shop --yes" in looked.stderr
    assert "mcp.shop" not in run("tools").stdout
    assert run("trust", "shop", "--yes").returncode == 0
    assert "mcp.shop.price" in run("tools").stdout
    assert json.loads(run("trust", "--json").stdout)[0]["settled"] is True


def test_a_person_is_asked_before_a_tool_is_used_unless_it_only_reads(lab, tmp_path) -> None:
    asks = {spec.name: spec.asks for spec in lab.tools.specs() if spec.category == "mcp"}
    with trusted(tmp_path / "other", shop(reads=["price"])) as other:
        known = other.tools.get("mcp.shop.price").spec

    assert (asks["mcp.shop.price"], asks["mcp.shop.look"]) == (True, False)
    assert (known.asks, known.open_args, known.per_minute) == (False, (), 0)
    assert lab.tools.get("mcp.shop.look").spec.changes_world  # the server's word is not enough for that


def test_the_schema_of_a_result_is_the_servers_inside_ours(lab) -> None:
    schema = lab.tools.get("mcp.shop.price").spec.output_schema
    data = lab.call("mcp.shop.price", {"article": "pen"}).data

    Draft202012Validator(schema).validate(data)
    assert schema["properties"]["structured"]["properties"]["cents"]["type"] == "integer"
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({"text": "", "structured": {"article": "pen", "cents": "many"}})
    Draft202012Validator(lab.tools.get("mcp.shop.environment").spec.output_schema).validate(
        lab.call("mcp.shop.environment").data
    )


def test_a_server_that_says_later_that_a_tool_only_reads_is_looked_at_again() -> None:
    before = Offered(name="buy")

    assert before.digest != Offered(name="buy", read_only=True).digest
    assert Offered(name="buy", description="").digest == before.digest  # as pins of before have it
