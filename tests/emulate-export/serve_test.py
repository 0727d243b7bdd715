#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/serve_test.py - what the server of a web package shows

Its web/, media/ and the emulator that is named, in whole and in parts, with the
headers that threads need; nothing else of the package or the computer, whatever
is asked for, and to nobody but this computer.

Needs nothing but Python.
"""
import http.client
import os
import subprocess
import sys
import tempfile

SERVE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "emulate-export", "web", "serve.py")


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def build(top):
    data = os.path.join(top, "a & b", "data")
    for name, text in [("web/index.html", b"<p>"), ("web/start.js", b"1"),
                       ("media/disk.img", bytes(range(256)) * 40),
                       ("config/secret", b"secret"), ("run", b"secret"),
                       ("web/D:secret", b"secret")]:
        put(os.path.join(data, name), text)
    with open(SERVE, "rb") as f:
        put(os.path.join(data, "config", "serve.py"), f.read())
    put(os.path.join(top, "nm", "emu", "build", "x.wasm"), b"wasm")
    put(os.path.join(top, "nm", "core-one", "one-wasm.data"), b"core")
    put(os.path.join(top, "nm", "secret"), b"secret")
    put(os.path.join(top, "bios", "bios.bin"), b"bios")
    put(os.path.join(top, "bios", "other"), b"secret")
    return data


class Client:
    def __init__(self, port):
        self.port = port
        self.wrong = []

    def get(self, path, method="GET", host="127.0.0.1", **headers):
        c = http.client.HTTPConnection(host, self.port, timeout=10)
        c.putrequest(method, path, skip_host="Host" in headers)
        for key, value in headers.items():
            c.putheader(key, value)
        c.endheaders()
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer, body

    def expect(self, path, status, body=None, **headers):
        answer, got = self.get(path, **headers)
        if answer.status != status or (body is not None and got != body):
            self.wrong.append(f"{path} {headers}: {answer.status} {got[:60]}")
        return answer


def shown(c):
    for path, body, kind in [
            ("/web/", b"<p>", "text/html; charset=utf-8"),
            ("/web/index.html?x=1", b"<p>", "text/html; charset=utf-8"),
            ("/web/start.js", b"1", "text/javascript"),
            ("/web/emulator/build/x.wasm", b"wasm", "application/wasm"),
            ("/web/emulator/data/cores/one-wasm.data", b"core",
             "application/octet-stream"),
            ("/web/bios/seabios.bin", b"bios", "application/octet-stream")]:
        answer = c.expect(path, 200, body)
        if answer.headers["Content-Type"] != kind or \
                answer.headers["Cross-Origin-Embedder-Policy"] != \
                "require-corp" or \
                answer.headers["Cross-Origin-Opener-Policy"] != "same-origin":
            c.wrong.append(f"{path}: {answer.headers.items()}")


def parts(c):
    whole = bytes(range(256)) * 40
    c.expect("/media/disk.img", 200, whole)
    for asked, status, body in [
            ("bytes=0-0", 206, whole[:1]),
            ("bytes=512-1023", 206, whole[512:1024]),
            ("bytes=10000-", 206, whole[10000:]),
            ("bytes=10000-99999999", 206, whole[10000:]),
            ("bytes=99999999-", 200, whole),
            ("bytes=-5", 200, whole),
            ("bytes=9-3", 200, whole),
            ("bytes=0-1,5-6", 200, whole)]:
        answer = c.expect("/media/disk.img", status, body, Range=asked)
        first = asked[6:].split("-")[0]
        if status == 206 and answer.headers["Content-Range"] != \
                f"bytes {first}-{int(first) + len(body) - 1}/{len(whole)}":
            c.wrong.append(f"{asked}: {answer.headers['Content-Range']}")
    answer, body = c.get("/media/disk.img", method="HEAD")
    if body or answer.headers["Content-Length"] != str(len(whole)):
        c.wrong.append("HEAD has a body or another length")


def hidden(c, top):
    for path in ["/", "/run", "/config/secret", "/config/serve.py",
                 "/web/../run", "/web/%2e%2e/run", "/web/..%2frun",
                 "/media/..%2f..%2f..%2fnm%2fsecret", "/web//index.html",
                 "/web/emulator/../secret", "/web/emulator/%2e%2e/secret",
                 "/web/emulator/cores/../../secret",
                 "/web/emulator/x/cores/%2e%2e/secret",
                 "/web/bios/other", "/web/bios/../bios/other",
                 "/web/%00", "/media/", "/media", "//etc/passwd",
                 "/web" + os.path.join(top, "nm", "secret"),
                 "/media/%2fetc%2fpasswd", "/web/D:secret",
                 "/web/D%3Asecret"]:
        c.expect(path, 404)
    for method in ("POST", "PUT", "DELETE"):
        answer, _ = c.get("/web/", method=method)
        if answer.status != 501:
            c.wrong.append(f"{method}: {answer.status}")


def by_another_name(c):
    """A name that somebody made to lead here (DNS rebinding)."""
    for name in ("example.org", f"example.org:{c.port}", "", "127.0.0.1:1"):
        c.expect("/web/", 403, Host=name)
    c.expect("/web/", 200, Host=f"localhost:{c.port}")


def elsewhere(c):
    """A name of this computer that is not the loopback's is not listened to."""
    try:
        c.get("/web/", host="127.0.0.2")
        c.wrong.append("127.0.0.2 is listened to")
    except OSError:
        pass


def main():
    with tempfile.TemporaryDirectory() as top:
        data = build(top)
        server = subprocess.Popen(
            [sys.executable, os.path.join(data, "config", "serve.py"),
             "--emulator", os.path.join(top, "nm", "emu"), "--bios",
             os.path.join(top, "bios"), "--no-browser"],
            stdout=subprocess.PIPE, text=True, cwd="/")
        try:
            url = server.stdout.readline().strip()
            c = Client(int(url.split(":")[2].split("/")[0]))
            if not url.startswith("http://127.0.0.1:"):
                c.wrong.append(url)
            shown(c)
            parts(c)
            hidden(c, top)
            by_another_name(c)
            elsewhere(c)
        finally:
            server.terminate()
            server.wait(20)
            server.stdout.close()
    for text in c.wrong:
        print(text)
    sys.exit(1 if c.wrong else 0)


main()
