#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/core/http_server.py - a server on loopback that answers well and badly.

usage: http_server.py [CERTIFICATE KEY]; prints its port, serves until its
standard input ends.
"""
import http.server
import os
import ssl
import sys
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        if self.path == '/echo':
            self.answer(200, body)
        elif self.path == '/headers':
            text = '|'.join((self.headers.get('Content-Type', ''),
                             self.headers.get('Accept', ''),
                             self.headers.get('Expect', ''),
                             self.headers.get('Cookie', '')))
            self.answer(200, text.encode(), Set_Cookie='a=b')
        elif self.path == '/empty':
            self.answer(204, b'')
        elif self.path == '/redirect':
            self.answer(302, b'', Location='/echo')
        elif self.path.startswith('/status/'):
            self.answer(int(self.path[8:]), b'no')
        elif self.path == '/slow':
            time.sleep(5)
            self.answer(200, b'late')
        elif self.path == '/drip':
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b'x')
                self.wfile.flush()
                time.sleep(0.1)
        elif self.path == '/large':
            self.answer(200, b'x' * 100000)
        elif self.path == '/endless':
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b'x' * 65536)
            except OSError:
                self.close_connection = True
        elif self.path == '/cut':
            self.send_response(200)
            self.send_header('Content-Length', '1000')
            self.end_headers()
            self.wfile.write(b'only a part')
            self.close_connection = True
        elif self.path == '/gone':
            self.close_connection = True
        elif self.path == '/nonsense':
            self.wfile.write(b'this is not HTTP\r\n\r\n')
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what some tests are about


def main():
    server = Server(('127.0.0.1', 0), Handler)
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    # Not the interpreter's way, which would wait for slow answers.
    os._exit(0)


main()
