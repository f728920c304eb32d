"""Starts the simulator with its seeded repository; a TLS door before it for gh, which speaks nothing else."""

import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("FORGE_SIMULATOR", TARGET / "debug" / "forge-simulator")


class Simulator:
    def __init__(self):
        arguments = [str(BINARY), "--port", "0", "--seed-repository"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.facts = {}
        for line in self.process.stdout:
            found = re.match(r"([A-Z][\w ]+):\s+(\S+)$", line.strip(), re.IGNORECASE)
            if found:
                self.facts[found[1]] = found[2]
            if "Person token" in self.facts:
                break
        self.key = Path(self.facts["App key"]).read_text()

    def act(self, verb, **body):
        sent = json.dumps({"verb": verb, "repository": "acme/shop", **body}).encode()
        with urllib.request.urlopen(f"{self.facts['Address']}/_control", data=sent) as answer:
            return json.load(answer)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class TlsDoor:
    """Takes TLS on localhost and hands the plain bytes on."""

    def __init__(self, address, folder):
        host, port = address.removeprefix("http://").split(":")
        self.behind = (host, int(port))
        key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        context.set_alpn_protocols(["http/1.1"])
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.host = f"localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            far = socket.create_connection(self.behind)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    def stop(self):
        self.listener.close()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            end.close()
