#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Verify the proof of a ledger entry (docs/ledger.md) without muniment.

usage: verify_proof.py [--ca TSA_ROOTS.pem] [--key KEY_ID] proof.json
Needs Python 3 and the openssl command.  --key is the signer that you expect, as
you know it from elsewhere: without it, anybody's key would do.
"""
import argparse, base64, calendar, hashlib, json, re, subprocess, sys, tempfile, time

def fail(text):
    sys.exit('WRONG: ' + text)
def sha256(data):
    return hashlib.sha256(data).digest()
def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':')).encode()

def root_of(leaf, index, size, proof):  # RFC 9162, 2.1.3.2
    fn, sn, r = index, size - 1, leaf
    for h in proof:
        if sn == 0:
            fail('the proof is too long')
        r = sha256(b'\1' + h + r) if fn & 1 or fn == sn else sha256(b'\1' + r + h)
        while fn == sn and fn and not fn & 1:
            fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 and 0 <= index < size else None

def openssl(what, *args):
    run = subprocess.run(('openssl',) + args, capture_output=True, text=True)
    return run.stdout if run.returncode == 0 else fail(what + '\n' + run.stderr)
cli = argparse.ArgumentParser()
cli.add_argument('--ca'), cli.add_argument('--key'), cli.add_argument('proof')
cli = cli.parse_args()
doc = json.load(open(cli.proof, encoding='utf-8'))
if doc['format'] != 'muniment-proof-1':
    fail('not a proof of this format')
head, signed = doc['head'], dict(doc['head'])
leaf, proof = sha256(b'\0' + doc['entry'].encode()), map(bytes.fromhex, doc['proof'])
if root_of(leaf, doc['index'], head['size'], proof) != bytes.fromhex(head['root']):
    fail('the entry is not in the tree that was signed')
key = base64.b64decode(''.join(doc['public_key'].split('\n')[1:-2]))[-32:]
if sha256(key).hex()[:16] != head['key'] or head['key'] != (cli.key or head['key']):
    fail('signed with another key: ' + head['key'])
with tempfile.TemporaryDirectory() as tmp:
    for name, data in (('sig', base64.b64decode(signed.pop('signature'))), ('body', canonical(signed)),
                       ('pem', doc['public_key'].encode()), ('tsr', base64.b64decode(doc['token'] or ''))):
        open(f'{tmp}/{name}', 'wb').write(data)
    openssl('the signature does not verify', 'pkeyutl', '-verify', '-rawin', '-in', f'{tmp}/body',
            '-sigfile', f'{tmp}/sig', '-pubin', '-inkey', f'{tmp}/pem')
    print(f"entry {doc['index']} is one of the {head['size']} that key {head['key']} signed, as it says at {head['time']}")
    if doc['token'] and cli.ca:
        text = openssl('not a time stamp', 'ts', '-reply', '-in', f'{tmp}/tsr', '-text')
        when = re.sub(r'\.\d+', '', re.search(r'Time stamp: (.*) GMT', text)[1])
        openssl('the time stamp does not verify', 'ts', '-verify', '-digest', sha256(canonical(head)).hex(), '-in', f'{tmp}/tsr',
                '-CAfile', cli.ca, '-attime', str(calendar.timegm(time.strptime(when, '%b %d %H:%M:%S %Y'))))
        print(f'and it existed at {when} UTC, as the time-stamp authority says')
    else:
        print('no time stamp was checked:', 'give --ca' if doc['token'] else 'there is none')
print(doc['entry'])
