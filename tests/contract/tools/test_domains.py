"""A run may be told which hosts its tools reach: http, uploads and redirects alike."""

from __future__ import annotations

import http.server
import threading

import pytest

import agentlab
from agentlab.tools.domains import NOWHERE, narrowed, within


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/there")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("tool", "args", "domains", "status", "reached"),
    [
        ("http.get", "/here", ["127.0.0.1"], "succeeded", ["/here"]),
        ("http.get", "/here", ["example.org"], "failed", []),
        ("http.get", "/away", ["127.0.0.1"], "failed", ["/away"]),
        ("http.get", "/away", ["127.0.0.1", "localhost"], "succeeded", ["/away", "/there"]),
        ("drive.upload", "/here", ["example.org"], "failed", []),
        ("http.get", "/here", [], "succeeded", ["/here"]),
    ],
)
def test_only_hosts_of_the_run_are_reached(tmp_path, site, tool, args, domains, status, reached) -> None:
    port = site.server_port
    allow = f"127.0.0.1:{port},localhost:{port}"
    plan = {"goal": "g", "steps": [{"id": "a", "tool": tool, "args": {"url": f"http://127.0.0.1:{port}{args}"}}]}

    with agentlab.open(home=str(tmp_path), egress_allow=allow) as lab:
        run = lab.run("", plan=plan, domains=domains)

    assert (run.status, site.asked) == (status, reached)
    if status == "failed":
        assert "not among the hosts that this run may reach" in run.result.error


@pytest.mark.parametrize(
    ("host", "domains", "fits"),
    [
        ("example.org", ("example.org",), True),
        ("EXAMPLE.org.", ("example.ORG",), True),
        ("a.example.org", ("example.org",), False),
        ("a.example.org", ("*.example.org",), True),
        ("example.org", ("*.example.org",), False),
        ("badexample.org", ("*.example.org", "example.org"), False),
        ("example.org.evil.net", ("example.org",), False),
        ("anything", (), True),
    ],
)
def test_a_domain_is_a_host_or_all_below_it(host, domains, fits) -> None:
    assert within(host, domains) is fits


@pytest.mark.parametrize(
    ("run", "skill", "both"),
    [
        ((), (), ()),
        (("a.org",), (), ("a.org",)),
        ((), ("*.a.org",), ("*.a.org",)),
        (("a.org", "b.org"), ("b.org", "c.org"), ("b.org",)),
        (("*.a.org",), ("www.a.org", "a.org"), ("www.a.org",)),
        (("www.a.org",), ("*.a.org",), ("www.a.org",)),
        (("*.org",), ("*.a.org", "b.org"), ("*.a.org", "b.org")),
        (("*.x.org",), ("x.x.org",), ("x.x.org",)),
        (("A.org.",), ("a.ORG",), ("A.org.",)),
        (("a.org",), ("b.org",), (NOWHERE,)),
        (("*.a.org",), ("*.b.org",), (NOWHERE,)),
    ],
)
def test_what_a_run_and_a_skill_in_it_both_allow(run, skill, both) -> None:
    hosts = ["a.org", "www.a.org", "x.www.a.org", "b.org", "c.org", "x.x.org", "y.x.org", "example.net"]

    assert narrowed(run, skill) == both
    for host in hosts:
        assert within(host, narrowed(run, skill)) == (within(host, run) and within(host, skill)), host


def test_where_they_have_nothing_in_common_nothing_is_reached(tmp_path, site) -> None:
    with agentlab.open(home=str(tmp_path), egress_allow=f"127.0.0.1:{site.server_port}") as lab:
        plan = {
            "goal": "g",
            "steps": [{"id": "a", "tool": "http.get", "args": {"url": f"http://127.0.0.1:{site.server_port}/"}}],
        }
        result = lab.run("Get it", plan=plan, domains=narrowed(("127.0.0.1",), ("b.org",))).result

    assert result.steps[0].error.kind == "blocked"
    assert site.asked == []
