#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/fixity/tsa.py - a time-stamp authority for tests, made of openssl.

usage: tsa.py make DIR                      CA and signers, below
       tsa.py reply DIR SIGNER REQUEST OUT  answer a request
       tsa.py resign DIR SIGNER ANSWER OUT  the token, signed by another
       tsa.py verify DIR REQUEST ANSWER     as openssl sees it; exit status

Signers: good; expired (ended in 2020); brief (ends two seconds after it was
made); noeku (not for time stamps).  ca.pem is the root of all; other.pem of
none.
"""
import datetime
import os
import subprocess
import sys

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = x
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[nostamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[ca]
default_ca = ca1
[ca1]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[tsa]
default_tsa = tsa1
[tsa1]
serial = tsa.serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def run(*args):
    subprocess.run(('openssl',) + args, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def key(name):
    run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out',
        name + '.key')


def root(name):
    key(name)
    run('req', '-new', '-x509', '-key', name + '.key', '-subj',
        f'/CN=Test {name}', '-days', '7300', '-config', 'tsa.cnf',
        '-extensions', 'root', '-out', name + '.pem')


def signer(name, extensions, start, end):
    key(name)
    run('req', '-new', '-key', name + '.key', '-subj', f'/CN=Test TSA {name}',
        '-config', 'tsa.cnf', '-out', name + '.csr')
    run('ca', '-batch', '-config', 'tsa.cnf', '-in', name + '.csr', '-out',
        name + '.pem', '-notext', '-extensions', extensions,
        '-startdate', start, '-enddate', end)


def make():
    for name, text in (('tsa.cnf', CONFIG), ('index.txt', ''),
                       ('serial', '01\n'), ('tsa.serial', '01\n')):
        with open(name, 'w', encoding='ascii') as f:
            f.write(text)
    root('ca')
    root('other')
    signer('good', 'stamps', '20200101000000Z', '20990101000000Z')
    signer('expired', 'stamps', '20190101000000Z', '20200101000000Z')
    signer('noeku', 'nostamps', '20200101000000Z', '20990101000000Z')
    soon = datetime.datetime.utcnow() + datetime.timedelta(seconds=2)
    signer('brief', 'stamps', '20200101000000Z', soon.strftime('%Y%m%d%H%M%SZ'))


def reply(name, request, out):
    run('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', request, '-signer',
        name + '.pem', '-inkey', name + '.key', '-out', out)


def resign(name, answer, out):
    run('ts', '-reply', '-in', answer, '-token_out', '-out', 'token.der')
    run('cms', '-verify', '-noverify', '-inform', 'DER', '-in', 'token.der',
        '-out', 'info.der')
    run('cms', '-sign', '-binary', '-nodetach', '-cades', '-econtent_type',
        '1.2.840.113549.1.9.16.1.4', '-signer', name + '.pem', '-inkey',
        name + '.key', '-in', 'info.der', '-outform', 'DER', '-out', out)


def verify(request, answer):
    run('ts', '-verify', '-queryfile', request, '-in', answer, '-CAfile',
        'ca.pem')


def main():
    command, folder, *args = sys.argv[1:]
    os.chdir(folder)
    {'make': make, 'reply': reply, 'resign': resign,
     'verify': verify}[command](*args)


try:
    main()
except subprocess.CalledProcessError as e:
    sys.exit(f'{e.cmd}: {e.stderr.decode()}')
