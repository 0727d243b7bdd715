#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows this package to a browser on this computer.

    serve.py [--emulator FOLDER] [--bios FOLDER] [--port N]
             [--no-browser]
"""
import argparse
import glob
import http.server
import os
import re
import sys
import urllib.parse
import webbrowser

DATA = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SEABIOS = {"seabios.bin": ["seabios.bin", "bios.bin"],
           "vgabios.bin": ["vgabios-stdvga.bin", "vgabios.bin"]}
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css",
         ".js": "text/javascript", ".mjs": "text/javascript",
         ".json": "application/json", ".wasm": "application/wasm",
         ".svg": "image/svg+xml", ".png": "image/png"}


def inside(root, parts):
    """The file PARTS below ROOT, or None."""
    # A colon: a drive of Windows, or a stream of a file there.
    if any(p in ("", ".", "..") or "\0" in p or ":" in p or os.sep in p
           for p in parts):
        return None
    path = os.path.join(root, *parts)
    return path if os.path.isfile(path) else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def find(self):
        path = urllib.parse.unquote(self.path.split("?")[0])
        parts = path.split("/")[1:]
        if parts and parts[-1] == "":
            parts[-1] = "index.html"
        if parts[:2] == ["web", "emulator"] and self.server.emulator:
            rest = parts[2:]
            found = inside(self.server.emulator, rest)
            if not found and "cores" in rest[:-1]:
                rest = rest[rest.index("cores") + 1:]
                for core in glob.glob(glob.escape(os.path.dirname(
                        self.server.emulator)) + "/core-*"):
                    found = found or inside(core, rest)
            return found
        if parts[:2] == ["web", "bios"] and len(parts) == 3:
            for folder in (self.server.bios, "/usr/share/seabios"):
                for name in SEABIOS.get(parts[2], []):
                    found = folder and inside(folder, [name])
                    if found:
                        return found
            return None
        if parts[:1] in (["web"], ["media"]):
            return inside(DATA, parts)
        return None

    def do_GET(self):
        # A page from elsewhere whose name was made to lead here has no business
        # with it.
        name, _, port = self.headers.get("Host", "").rpartition(":")
        if name not in ("127.0.0.1", "localhost") or \
                port != str(self.server.server_port):
            self.send_error(403)
            return
        path = self.find()
        if not path:
            self.send_error(404)
            return
        with open(path, "rb") as f:
            size = os.fstat(f.fileno()).st_size
            start, end = 0, size
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)",
                                 self.headers.get("Range", ""))
            if asked and int(asked[1]) < size and \
                    int(asked[1]) <= int(asked[2] or size):
                start = int(asked[1])
                end = min(size, int(asked[2] or size) + 1)
                self.send_response(206)
                self.send_header("Content-Range",
                                 f"bytes {start}-{end - 1}/{size}")
            else:
                self.send_response(200)
            kind = TYPES.get(os.path.splitext(path)[1].lower(),
                             "application/octet-stream")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(end - start))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            if self.command == "HEAD":
                return
            f.seek(start)
            while start < end:
                data = f.read(min(1 << 20, end - start))
                if not data:
                    break
                self.wfile.write(data)
                start += len(data)

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--emulator")
    p.add_argument("--bios")
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--no-browser", action="store_true")
    args = p.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    server.daemon_threads = True
    server.emulator = args.emulator and os.path.realpath(args.emulator)
    server.bios = args.bios and os.path.realpath(args.bios)
    url = f"http://127.0.0.1:{server.server_port}/web/"
    print(url, flush=True)
    if not args.no_browser:
        webbrowser.open(url)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


main()
