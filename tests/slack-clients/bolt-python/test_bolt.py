"""Bolt for Python over Socket Mode and HTTP, against the simulator."""

import json
import logging
import os
import re
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("SLACK_SIMULATOR", TARGET / "debug" / "slack-simulator")
PATIENCE = 20.0

VIEW = {
    "type": "modal",
    "callback_id": "deny",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Deny"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def button(label):
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": label.lower(), "value": "req-1", "text": text}


class Simulator:
    def __init__(self):
        arguments = [str(BINARY), "--port", "0", "--seed-workspace", "--quick-retries"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.facts = {}
        for line in self.process.stdout:
            found = re.match(r"([A-Z][\w ]+):\s+(\S+)$", line.strip())
            if found:
                self.facts[found[1]] = found[2]
            if "Signing secret" in self.facts:
                break
        self.client = WebClient(token=self.facts["Bot token"], base_url=self.facts["Web API"] + "/")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def act(self, verb, **body):
        data = json.dumps({"verb": verb, **body}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.facts["Page"] + "/_control", data, headers)
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{verb}: {error.read().decode()}") from error

    def state(self, user):
        with urllib.request.urlopen(f"{self.facts['Page']}/_control/state?user={user}") as response:
            return json.load(response)

    def messages(self):
        return next(one for one in self.state("ann")["channels"] if one["name"] == "dev")["messages"]

    def find(self, text):
        return until(repr(text), lambda: next((one for one in self.messages() if text in json.dumps(one)), None))


def until(what, look):
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.025)
    return found


def make_app(slack, heard, **more):
    app = App(client=slack.client, **more)

    @app.command("/agent")
    def command(ack, respond, command):
        ack()
        heard.append(("command", command["text"]))
        respond(f"working on {command['text']}")

    @app.event("app_mention")
    def mention(event, say):
        heard.append(("mention", event["text"]))
        say(text="Run make?", thread_ts=event["ts"], blocks=[{"type": "actions", "elements": [button("Allow"), button("Deny")]}])

    @app.message("files")
    def files(message, client):
        client.files_upload_v2(channel=message["channel"], thread_ts=message["ts"], filename="a.diff", content="+1")

    @app.event("message")
    def other(event):
        heard.append(("message", event.get("text")))

    @app.action("allow")
    def allow(ack, action, body, client):
        ack()
        heard.append(("allow", action["value"]))
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Allowed", blocks=[])

    @app.action("deny")
    def deny(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=VIEW)

    @app.view("deny")
    def denied(ack, view):
        reason = view["state"]["values"]["why"]["text"]["value"]
        if len(reason) < 5:
            return ack(response_action="errors", errors={"why": "too short"})
        heard.append(("denied", reason))
        return ack()

    @app.view_closed("deny")
    def closed(ack):
        ack()
        heard.append(("closed", True))

    @app.shortcut("new_task")
    def new_task(ack):
        ack()
        heard.append(("shortcut", "global"))

    @app.shortcut("ask")
    def ask(ack, shortcut):
        ack()
        heard.append(("shortcut", shortcut["message"]["text"]))

    return app


class SocketMode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slack, cls.heard = Simulator(), []
        app = make_app(cls.slack, cls.heard)
        cls.handler = SocketModeHandler(app, cls.slack.facts["App token"])
        cls.handler.connect()
        until("a socket", lambda: cls.slack.act("figures")["sockets"])

    @classmethod
    def tearDownClass(cls):
        cls.handler.close()
        cls.slack.stop()

    def setUp(self):
        self.heard.clear()

    def hears(self, what):
        until(repr(what), lambda: what in self.heard)

    def card(self, text):
        said = self.slack.act("say", user="ann", channel="dev", text=f"@gateway {text}")
        mine = lambda one: one.get("thread_ts") == said["ts"] and one["reply"]
        reply = until("the card", lambda: next((one for one in self.slack.messages() if mine(one)), None))
        return {"channel": said["channel"], "ts": reply["ts"], "thread": said["ts"]}

    def modal(self):
        return until("the modal", lambda: self.slack.state("ann")["modal"])

    def test_command_and_respond(self):
        receipt = self.slack.act("command", user="ann", channel="dev", command="/agent", text="tests")
        self.assertTrue(receipt["acked"])
        self.assertTrue(self.slack.find("working on tests")["ephemeral"])

    def test_button_updates_its_card(self):
        spot = self.card("please")
        self.assertTrue(self.slack.act("click", user="ann", spot=spot, label="Allow")["acked"])
        self.hears(("allow", "req-1"))
        self.assertEqual(self.slack.find('"text": "Allowed"')["ts"], spot["ts"])

    def test_modal_refused_taken_and_closed(self):
        spot = self.card("a modal")
        self.slack.act("click", user="ann", spot=spot, label="Deny")
        self.modal()
        self.slack.act("submit", user="ann", fields={"Reason": "no"})
        self.assertEqual(self.modal()["errors"], {"why": "too short"})
        self.slack.act("submit", user="ann", fields={"Reason": "it deletes everything"})
        self.hears(("denied", "it deletes everything"))
        self.slack.act("click", user="ann", spot=spot, label="Deny")
        self.modal()
        self.slack.act("close", user="ann")
        self.hears(("closed", True))

    def test_shortcuts(self):
        self.slack.act("shortcut", user="ann", callback="new_task")
        self.hears(("shortcut", "global"))
        spot = self.slack.act("say", user="bob", channel="dev", text="look")
        self.slack.act("message_shortcut", user="ann", spot=spot, callback="ask")
        self.hears(("shortcut", "look"))

    def test_file_upload(self):
        said = self.slack.act("say", user="ann", channel="dev", text="any files?")
        self.assertEqual(self.slack.find("a.diff")["thread_ts"], said["ts"])

    def test_refresh_and_redelivery(self):
        opened = self.slack.act("figures")["sockets_opened"]
        self.slack.act("refresh_sockets")
        until("a new socket", lambda: self.slack.act("figures")["sockets_opened"] > opened)
        self.slack.act("say", user="ann", channel="dev", text="@gateway after the refresh")
        until("the mention", lambda: any("after the refresh" in str(text) for kind, text in self.heard))

    def test_rate_limit_is_waited_for(self):
        self.slack.client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
        self.slack.act("fail", method="chat.postMessage", fault="rate_limited", value=1)
        self.card("despite the limit")


class Endpoint(BaseHTTPRequestHandler):
    """The Bolt app behind the standard library's server."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): [value] for name, value in self.headers.items()}
        response = self.server.bolt.dispatch(BoltRequest(body=body, headers=headers))
        self.send_response(response.status)
        self.send_header("content-type", response.headers.get("content-type", ["text/plain"])[0])
        self.end_headers()
        self.wfile.write(response.body.encode())

    def log_message(self, *_):
        """Keeps the test's output to itself."""


class HttpMode(unittest.TestCase):
    def test_signed_deliveries(self):
        slack, heard = Simulator(), []
        server = HTTPServer(("127.0.0.1", 0), Endpoint)
        self.addCleanup(slack.stop)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        server.bolt = make_app(slack, heard, signing_secret=slack.facts["Signing secret"])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/slack/events"
        slack.act("deliver_to", url=url)
        receipt = slack.act("command", user="ann", channel="dev", command="/agent", text="by http")
        self.assertTrue(receipt["acked"], receipt)
        self.assertIn(("command", "by http"), heard)
        self.assertEqual([self.status(slack, url, age) for age in (0, 600)], [200, 401])

    def status(self, slack, url, age):
        body = json.dumps({"type": "url_verification", "challenge": "c"})
        timestamp = str(int(time.time()) - age)
        verifier = SignatureVerifier(slack.facts["Signing secret"])
        signature = verifier.generate_signature(timestamp=timestamp, body=body)
        headers = {"content-type": "application/json", "x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)) as response:
                return response.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    unittest.main(verbosity=2)
