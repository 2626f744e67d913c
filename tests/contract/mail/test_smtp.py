"""Mail over real servers: plain, STARTTLS, TLS, with and without a login, and all that they may refuse."""

from __future__ import annotations

import json
import threading
import time
from email import message_from_bytes
from email.policy import default

import pytest
from mail_server import PASSWORD, Server, certificate, wants

from agentlab.errors import SettingsInvalid
from agentlab.settings import read_settings

ESCAPED = "pass%2Fword%2B1%40x"
MANY = [f"p{n}@example.org" for n in range(6)]


def plain(server: Server) -> str:
    return f"smtp://127.0.0.1:{server.port}"


def options_of(result, kind: str) -> tuple[str, ...]:
    assert result.error is not None, result.data
    assert result.error.kind == kind, result.error
    return result.error.options


# --- ways in ----------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_written(serve, mailer, home) -> None:
    server = serve()
    (home.drive / "räume (2).md").write_text("# Räume\n.\n", encoding="utf-8")

    result = mailer(plain(server))(
        to=["Ann Lee <ann@example.org>", "bob@bücher.example"],
        cc=["bob@bücher.example", "cy@example.org"],
        subject="Größe: 3 < 4 ☃",
        body="Hello\n.\n..dots\nBye €",
        attachments=["räume (2).md"],
    )

    assert result.success, result.error
    ((recipients, raw),) = server.took
    mail = message_from_bytes(raw, policy=default)
    assert recipients == ["ann@example.org", "bob@xn--bcher-kva.example", "cy@example.org"]
    assert (mail["Subject"], mail["From"]) == ("Größe: 3 < 4 ☃", "lab@example.org")
    assert mail["To"] == "Ann Lee <ann@example.org>, bob@xn--bcher-kva.example"
    assert mail["Cc"] == "cy@example.org"
    assert mail.get_body().get_content().replace("\r\n", "\n") == "Hello\n.\n..dots\nBye €\n"
    (attachment,) = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_payload(decode=True)) == ("räume (2).md", "# Räume\n.\n".encode())
    assert mail["Message-ID"] == result.data["id"]
    assert result.undo is None


def test_starttls_with_a_certificate_that_is_trusted(serve, mailer, tmp_path) -> None:
    tls, public = certificate(tmp_path)
    server = serve(tls_context=tls, require_starttls=True)

    trusted = mailer(f"{plain(server)}?starttls=always", ca=str(public))()
    stranger = mailer(f"{plain(server)}?starttls=always")(key="run_1:b")

    assert trusted.success, trusted.error
    assert options_of(stranger, "tls") == ("ask",)
    assert "AGENTLAB_SMTP_CA" in stranger.error.message
    assert len(server.took) == 1


def test_tls_from_the_start_and_a_certificate_for_another_host(serve, mailer, tmp_path) -> None:
    tls, public = certificate(tmp_path)
    wrong_tls, wrong = certificate(tmp_path, "mail.example.org")
    server, other = serve(ssl_context=tls), serve(ssl_context=wrong_tls)

    good = mailer(f"smtps://127.0.0.1:{server.port}", ca=str(public))()
    bad = mailer(f"smtps://127.0.0.1:{other.port}", ca=str(wrong))(key="run_1:b")

    assert good.success, good.error
    assert options_of(bad, "tls") == ("ask",)
    assert other.took == []


def test_without_starttls_nothing_goes_out_in_the_clear(serve, mailer) -> None:
    server = serve()

    result = mailer(f"{plain(server)}?starttls=always")()

    assert options_of(result, "tls") == ("ask",)
    assert (server.took, server.rcpt) == ([], {})


def test_a_login_right_and_wrong_and_the_password_nowhere(serve, mailer, tmp_path) -> None:
    tls, public = certificate(tmp_path)
    server = serve(
        tls_context=tls, require_starttls=True, auth_required=True, authenticator=wants("lab@example.org", PASSWORD)
    )
    url = f"smtp://lab%40example.org:{{}}@127.0.0.1:{server.port}?starttls=always"

    right = mailer(url.format(ESCAPED), ca=str(public))()
    wrong = mailer(url.format("S3cret-not-it"), ca=str(public))(key="run_1:b")
    nobody = mailer(f"{plain(server)}?starttls=always", ca=str(public))(key="run_1:c")

    assert right.success, right.error
    assert options_of(wrong, "auth") == ("ask",)
    assert options_of(nobody, "auth") == ("ask",)
    assert "S3cret" not in json.dumps([wrong.error.message, repr(wrong)])
    assert len(server.took) == 1


def test_a_server_that_repeats_the_password_is_not_believed(mailer) -> None:
    from agentlab.tools.mail.server import _spellings, said

    hidden = _spellings("lab", PASSWORD)
    for shown in hidden:
        assert PASSWORD not in said(f"535 bad {shown}\r\nBcc: x\x00", hidden)
        assert shown not in said(f"535 bad {shown}\r\nBcc: x\x00", hidden)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("smtp://u:hush@mail.example.org:25?starttls=never", "clear"),
        ("smtp://u:hu/sh@mail.example.org", "%40"),
        ("http://u:hush@mail.example.org", "smtp://"),
        ("smtp://u:hush@mail.example.org?tls=off", "starttls"),
        ("smtp://u:hush@mail.example.org", "AGENTLAB_MAIL_FROM"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused_at_the_start(url, word) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(smtp_url=url)

    assert "AGENTLAB_SMTP_URL" in refused.value.message
    assert word in refused.value.message
    assert "hush" not in refused.value.message
    assert "hu/sh" not in refused.value.message


def test_the_backend_is_named_without_the_password(home) -> None:
    from agentlab.settings import Settings
    from agentlab.tools import builtin_tools

    spec = builtin_tools(Settings(home=home.home, smtp_url="smtps://lab%40example.org:hush@mail.example.org")).get(
        "email.send"
    ).spec  # fmt: skip

    assert spec.backend == "SMTP mail.example.org:465"
    assert not spec.reversible
    assert "hush" not in repr(spec)


# --- what a server may say ------------------------------------------------------------------------------------------------


def test_greylisting_passes_at_the_second_try_within_the_call(serve, mailer) -> None:
    server = serve(Server(answers={"ann@example.org": ["450 4.2.0 Greylisted, come back", ""]}))
    send = mailer(plain(server))

    result = send()

    assert result.success, result.error
    assert send.waited == [2.0]
    assert server.counts == {"ann@example.org": 1}


def test_longer_greylisting_is_retryable_and_the_repetition_sends(serve, mailer) -> None:
    server = serve(Server(answers={"ann@example.org": ["451 4.7.1 Greylisted"]}))
    send = mailer(plain(server))

    first = send()
    server.answers.clear()
    second = send()

    assert options_of(first, "greylisted")[0] == "retry"
    assert first.error.retryable
    assert second.data["status"] == "sent"
    assert len(server.took) == 1


def test_waiting_ends_in_time(serve, mailer) -> None:
    server = serve(Server(answers={"ann@example.org": ["451 Greylisted"]}))
    send = mailer(plain(server), limit_s=3)

    assert options_of(send(), "greylisted")
    assert send.waited == []  # 2 s of waiting and 1 s of work do not fit into 3


def test_one_refused_address_holds_the_mail_back_and_without_it_the_mail_goes(serve, mailer) -> None:
    server = serve(Server(answers={"bob@example.org": ["550 5.1.1 No such user"], "cy@example.org": ["450 later"]}))
    send = mailer(plain(server))

    refused = send(to=["ann@example.org", "bob@example.org", "cy@example.org"])
    corrected = send(to=["ann@example.org"])

    assert options_of(refused, "rejected_recipient")[0] == "change_arguments"
    assert "bob@example.org" in refused.error.message
    assert "cy@example.org" in refused.error.message
    assert corrected.success, corrected.error
    assert server.counts == {"ann@example.org": 1}


@pytest.mark.parametrize(
    ("answers", "kind", "first_option", "retryable"),
    [
        ({"DATA": ["554 5.7.1 Spam"]}, "rejected", "change_arguments", False),
        ({"MAIL": ["550 5.7.1 Sender refused"]}, "rejected", "change_arguments", False),
        ({"DATA": ["552 5.3.4 Too big"]}, "too_large", "change_arguments", False),
        ({"ann@example.org": ["452 4.2.2 Mailbox full"]}, "quota", "retry", True),
        ({"ann@example.org": ["552 5.2.2 Mailbox full"]}, "rejected_recipient", "change_arguments", False),
        ({"MAIL": ["421 4.7.0 Too many connections"]}, "rate_limited", "retry", True),
        ({"DATA": ["451 4.3.0 Try later"]}, "greylisted", "retry", True),
        ({"MAIL": ["530 5.7.0 Authenticate first"]}, "auth", "ask", False),
    ],
)
def test_each_refusal_has_its_kind_and_when_its_cause_is_gone_the_mail_goes_once(
    serve, mailer, answers, kind, first_option, retryable
) -> None:
    server = serve(Server(answers=answers))
    send = mailer(plain(server), waits_s=())

    refused = send()
    server.answers.clear()
    again = send()

    assert options_of(refused, kind)[0] == first_option
    assert refused.error.retryable is retryable
    assert "\n" not in refused.error.message
    assert again.success, again.error
    assert server.counts == {"ann@example.org": 1}


def test_a_mail_too_large_for_the_server_or_for_us_is_not_begun(serve, mailer, home) -> None:
    server = serve(data_size_limit=20_000)
    (home.drive / "big.md").write_text("x" * 30_000)

    by_server = mailer(plain(server))(attachments=["big.md"])
    by_us = mailer(plain(server), max_bytes=20_000)(attachments=["big.md"])
    encoded = mailer(plain(server), max_bytes=35_000)(attachments=["big.md"])  # base64 makes 4 of 3
    without = mailer(plain(server))()

    assert options_of(by_server, "too_large")[0] == "change_arguments"
    assert "20,000" in by_server.error.message
    assert options_of(by_us, "too_large")
    assert options_of(encoded, "too_large")
    assert without.success
    assert len(server.took) == 1


def test_a_server_that_is_away_is_retryable_and_nothing_was_sent(serve, mailer) -> None:
    server = serve()
    url = plain(server)
    server.stop()

    gone = mailer(url)()

    assert options_of(gone, "connect")[0] == "retry"
    assert gone.error.retryable
    assert "Nothing was sent" in gone.error.message


def test_a_slow_server_ends_as_a_timeout_that_can_be_repeated(serve, mailer) -> None:
    server = serve(Server(slow_s=5))
    began = time.monotonic()

    slow = mailer(plain(server), limit_s=1)()
    took = time.monotonic() - began
    server.slow_s = 0
    again = mailer(plain(server))()

    assert options_of(slow, "timeout")[0] == "retry"
    assert slow.error.retryable
    assert took < 4
    assert again.success
    assert server.counts == {"ann@example.org": 1}


def test_a_server_that_dies_after_the_text_leaves_it_open_and_it_is_not_sent_twice(serve, mailer) -> None:
    server = serve(Server(dies_after_text=True))
    send = mailer(plain(server))

    first = send()
    server.dies_after_text = False
    again = send()

    assert options_of(first, "unconfirmed")[0] == "ask"
    assert options_of(again, "unconfirmed")[0] == "ask"
    assert not again.error.retryable
    assert server.counts == {"ann@example.org": 1}


# --- once -----------------------------------------------------------------------------------------------------------------


def test_a_known_key_sends_once_and_another_key_again(serve, mailer) -> None:
    server = serve()
    send = mailer(plain(server))

    first, second, third = send(), send(), send(key="run_2:a")

    assert [result.data["status"] for result in (first, second, third)] == ["sent", "already_sent", "sent"]
    assert first.data["id"] == second.data["id"] != third.data["id"]
    assert server.counts == {"ann@example.org": 2}


def test_two_at_once_under_one_key_send_once(serve, mailer) -> None:
    server = serve(Server(slow_s=0.2))
    send = mailer(plain(server))
    results = []
    threads = [threading.Thread(target=lambda: results.append(send())) for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(result.data["status"] for result in results) == ["already_sent", "already_sent", "sent"]
    assert server.counts == {"ann@example.org": 1}


def test_the_same_mail_under_way_elsewhere_is_waited_for_and_then_retryable(serve, mailer) -> None:
    server = serve(Server(slow_s=3))
    slow, hasty = mailer(plain(server)), mailer(plain(server), limit_s=1.2)
    other = threading.Thread(target=slow)
    other.start()
    time.sleep(0.5)

    busy = hasty()
    other.join()

    assert options_of(busy, "busy") == ("retry",)
    assert hasty().data["status"] == "already_sent"


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_sends_a_mail_to_each_over_one_connection(serve, mailer) -> None:
    server = serve()

    result = mailer(plain(server))("email.sendBatch", recipients=MANY)

    assert result.success, result.error
    assert (result.data["sent"], result.data["failed"]) == (6, 0)
    assert [recipients for recipients, _ in server.took] == [[to] for to in MANY]
    assert len({message_from_bytes(raw)["Message-ID"] for _, raw in server.took}) == 6
    assert server.connections == 1


def test_a_batch_tells_of_each_and_one_bad_address_stops_nobody(serve, mailer) -> None:
    server = serve(Server(answers={MANY[1]: ["550 5.1.1 No such user"], MANY[3]: ["450 Greylisted", ""]}))

    result = mailer(plain(server))("email.sendBatch", recipients=MANY)

    assert result.success, result.error
    assert [row["status"] for row in result.data["recipients"]] == ["sent", "failed", "sent", "sent", "sent", "sent"]
    assert result.data["recipients"][1]["error"].startswith("rejected_recipient: ")
    assert (result.data["sent"], result.data["failed"]) == (5, 1)
    assert server.counts == dict.fromkeys([to for to in MANY if to != MANY[1]], 1)


def test_a_batch_that_nobody_got_has_failed(serve, mailer) -> None:
    server = serve(Server(answers={to: ["550 5.1.1 No such user"] for to in MANY}))

    result = mailer(plain(server))("email.sendBatch", recipients=MANY)

    assert options_of(result, "rejected_recipient")[0] == "change_arguments"
    assert result.data["failed"] == 6


def test_a_batch_that_is_put_off_is_retryable_and_resumes_with_the_rest(serve, mailer) -> None:
    server = serve(Server(answers={MANY[2]: ["450 Greylisted"], MANY[4]: ["452 full"]}))
    send = mailer(plain(server))

    first = send("email.sendBatch", recipients=MANY)
    server.answers.clear()
    second = send("email.sendBatch", recipients=MANY)

    assert first.error.retryable
    assert first.data["sent"] == 4
    assert "2 of 6" in first.error.message
    assert (second.data["sent"], second.data["already_sent"]) == (2, 4)
    assert server.counts == dict.fromkeys(MANY, 1)


def test_a_batch_whose_server_stops_taking_resumes_with_the_rest(serve, mailer) -> None:
    server = serve(Server(answers={"MAIL": ["", "", "421 4.7.0 Enough"]}))
    send = mailer(plain(server))

    first = send("email.sendBatch", recipients=MANY)
    server.answers.clear()
    second = send("email.sendBatch", recipients=MANY)

    assert options_of(first, "rate_limited")[0] == "retry"
    assert (first.data["sent"], first.data["failed"]) == (2, 4)
    assert second.success, second.error
    assert server.counts == dict.fromkeys(MANY, 1)


def test_the_same_mailbox_twice_gets_one_mail(serve, mailer) -> None:
    server = serve()

    result = mailer(plain(server))("email.sendBatch", recipients=["ann@example.org", "Ann <ANN@example.org>"])

    assert result.data["sent"] == 1
    assert len(server.took) == 1


def test_more_addresses_than_allowed_are_refused_and_fewer_go(serve, mailer) -> None:
    server = serve()
    send = mailer(plain(server))
    crowd = [f"p{n}@example.org" for n in range(51)]

    assert options_of(send("email.sendBatch", recipients=crowd), "too_many_recipients")[0] == "change_arguments"
    assert options_of(send(to=crowd[:26], cc=crowd[26:]), "too_many_recipients")
    assert server.took == []
    assert send("email.sendBatch", recipients=crowd[:50]).data["sent"] == 50


def test_the_password_is_in_no_file_of_a_lab_and_in_no_answer(serve, tmp_path) -> None:
    import agentlab

    server = serve(auth_required=True, auth_require_tls=False, authenticator=wants("lab@example.org", "another"))
    url = f"smtp://lab%40example.org:hush-hush-42@127.0.0.1:{server.port}"
    step = {"id": "a", "tool": "email.send", "args": {"to": ["ann@example.org"], "subject": "x", "body": "y"}}
    with agentlab.open(home=tmp_path / "lab", smtp_url=url) as lab:
        run = lab.run("Send it", plan={"steps": [step]})
        told = repr([run.steps, lab.tools.get("email.send").spec, lab.settings, run.answer])

    assert run.steps[0].error.kind == "auth"
    assert "hush-hush-42" not in told
    files = [path for path in (tmp_path / "lab").rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path for path in files if b"hush-hush-42" in path.read_bytes()] == []
