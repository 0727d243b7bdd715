#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/lib.sh - what the scripts of run.sh are written with

# The call at hand: the clock goes on by a second and the identifiers by a
# thousand, also in a subshell, so that no two calls make the same.
next_call() {
	local n

	n=$(($(cat "$MUN_CLI_CALLS" 2>/dev/null || echo 0) + 1))
	echo $n >"$MUN_CLI_CALLS"
	printf -v MUNIMENT_TEST_NOW '2026-11-22T12:%02d:%02dZ' \
		$((n / 60)) $((n % 60))
	MUNIMENT_TEST_UUID=$((n * 1000))
	export MUNIMENT_TEST_NOW MUNIMENT_TEST_UUID
}

# The program, with nothing said about it.
muniment() {
	next_call
	timeout 60 "$MUNIMENT" "$@"
}

# The program, with the call on both streams, what it says, and its status.
run() {
	local call err status=0

	printf -v call ' %q' "$@"
	if [ $# -eq 0 ]; then
		call=
	fi
	printf '$ muniment%s\n' "$call"
	err=$(mktemp)
	muniment "$@" 2>"$err" || status=$?
	if [ $status -ne 0 ]; then
		printf '[exit %d]\n' $status
	fi
	if [ -s "$err" ]; then
		{
			printf '$ muniment%s\n' "$call"
			cat "$err"
		} >&2
	fi
	rm -f "$err"
}

# A repository in ./repo whose operator is always the same person.
make_repo() {
	muniment init repo >/dev/null &&
		export MUNIMENT_REPOSITORY=$PWD/repo &&
		muniment config set operator "Ada Archivist"
}

# image NAME BYTES [SEED]: bytes that are the same in every run.
image() {
	/usr/bin/python3 - "$@" <<'END'
import sys
state = int(sys.argv[3]) if len(sys.argv) > 3 else 1
size = int(sys.argv[2])
out = bytearray()
while len(out) < size:
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    out += state.to_bytes(8, "little")
open(sys.argv[1], "wb").write(out[:size])
END
}

# flip FILE OFFSET: one bit is another one, as it happens to disks.
flip() {
	/usr/bin/python3 - "$@" <<'END'
import os
import sys
os.chmod(sys.argv[1], 0o644)
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(-1, 1)
    f.write(bytes([byte ^ 1]))
END
}

# folder_of OBJECT: where it is stored.
folder_of() {
	local id

	id=$(muniment show "$1" --json | /usr/bin/python3 -c \
		'import json,sys; print(json.load(sys.stdin)["id"])')
	/usr/bin/python3 - "$id" <<'END'
import hashlib
import sys
h = hashlib.sha256(b"urn:uuid:" + sys.argv[1].encode()).hexdigest()
print(f"repo/ocfl/{h[:3]}/{h[3:6]}/{h[6:9]}/{h}")
END
}

# Lines in an order that no digest decides.
sorted() {
	sed -E 's|([0-9a-f]{3}/){3}[0-9a-f]{64}|OBJECT-FOLDER|' | sort
}

# make_tsa DIR: a time-stamp authority of the test's own; in DIR afterwards
# ca.pem, and tsa.cnf for `openssl ts -reply`
# (run in DIR).  Its keys are worth nothing, and go with the test.
make_tsa() {
	mkdir "$1" && (
		cd "$1" || exit 1
		cat >tsa.cnf <<'END'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = nobody
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamper]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
END
		echo 01 >serial
		openssl ecparam -name prime256v1 -genkey -noout -out ca.key
		openssl ecparam -name prime256v1 -genkey -noout -out tsa.key
		openssl req -new -x509 -key ca.key -subj "/CN=Test root" \
			-days 30 -config tsa.cnf -extensions root -out ca.pem
		openssl req -new -key tsa.key -subj "/CN=Test stamper" \
			-config tsa.cnf -out tsa.csr
		openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key \
			-CAcreateserial -days 30 -extfile tsa.cnf \
			-extensions stamper -out tsa.pem
	) 2>/dev/null
}
