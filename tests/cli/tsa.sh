#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/tsa.sh - a time-stamp authority of the test's own, made by OpenSSL

# make_tsa DIR: in DIR afterwards ca.pem, and tsa.cnf for `openssl ts -reply`
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
