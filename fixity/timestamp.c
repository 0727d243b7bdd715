/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/timestamp.c - time stamps of RFC 3161, through OpenSSL's TS functions */
#include "fixity/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "core/str.h"
#include "fixity/ossl_err.h"

#define DER_MAX ((size_t)1 << 20)
#define DIGEST 32

/* What has been taken apart of an answer or a bare token. */
struct token {
	TS_RESP *resp; /* NULL: a bare token */
	PKCS7 *own; /* the bare token */
	PKCS7 *p7; /* of one of them */
	TS_TST_INFO *info;
};

static void token_free(struct token *t)
{
	TS_TST_INFO_free(t->info);
	PKCS7_free(t->own);
	TS_RESP_free(t->resp);
}

/* An imprint of SHA-256 over @digest. */
static TS_MSG_IMPRINT *imprint_of(const uint8_t digest[static DIGEST])
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algo = X509_ALGOR_new();
	unsigned char copy[DIGEST];
	bool ok;

	memcpy(copy, digest, DIGEST);
	ok = imprint && algo &&
	     X509_ALGOR_set0(algo, OBJ_nid2obj(NID_sha256), V_ASN1_NULL,
			     NULL) == 1 &&
	     TS_MSG_IMPRINT_set_algo(imprint, algo) == 1 &&
	     TS_MSG_IMPRINT_set_msg(imprint, copy, DIGEST) == 1;
	X509_ALGOR_free(algo);
	if (ok)
		return imprint;
	TS_MSG_IMPRINT_free(imprint);
	return NULL;
}

static bool set_nonce(TS_REQ *req)
{
	ASN1_INTEGER *nonce = ASN1_INTEGER_new();
	unsigned char random[8] = { 0 };
	BIGNUM *n = NULL;
	bool ok;

	ok = nonce && RAND_bytes(random, sizeof(random)) == 1;
	/* A nonce of no bits would be none. */
	random[0] |= 0x80;
	if (ok)
		n = BN_bin2bn(random, sizeof(random), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, nonce) &&
	     TS_REQ_set_nonce(req, nonce) == 1;
	BN_free(n);
	ASN1_INTEGER_free(nonce);
	return ok;
}

int mun_timestamp_request(const uint8_t digest[static 32], unsigned char **out,
			  size_t *len, struct mun_err *e)
{
	TS_MSG_IMPRINT *imprint = imprint_of(digest);
	TS_REQ *req = TS_REQ_new();
	unsigned char *der = NULL;
	mun_autofree unsigned char *copy = NULL;
	int n = -1;

	if (imprint && req && TS_REQ_set_version(req, 1) == 1 &&
	    TS_REQ_set_msg_imprint(req, imprint) == 1 && set_nonce(req) &&
	    TS_REQ_set_cert_req(req, 1) == 1)
		n = i2d_TS_REQ(req, &der);
	TS_MSG_IMPRINT_free(imprint);
	TS_REQ_free(req);
	if (n <= 0)
		return mun_fail_ossl(e, MUN_EUNSUPPORTED,
				     "make a time-stamp request");
	/* Ours to free with free(3), which OpenSSL's memory need not be. */
	copy = malloc((size_t)n);
	if (copy)
		memcpy(copy, der, (size_t)n);
	OPENSSL_free(der);
	if (!copy)
		return mun_fail_nomem(e, "time-stamp request");
	*out = mun_steal(&copy);
	*len = (size_t)n;
	return 0;
}

/* What the TSA said instead of a time stamp. */
static int refused(const TS_STATUS_INFO *info, long status, struct mun_err *e)
{
	static const char *const names[] = {
		"granted", "granted with changes", "rejected",
		"waiting", "revocation warning",   "revoked"
	};
	const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
	const char *name =
		status >= 0 && status < 6 ? names[status] : "unknown status";
	struct mun_str text = { 0 };
	int rc;

	for (int i = 0; i < sk_ASN1_UTF8STRING_num(texts); i++) {
		const ASN1_UTF8STRING *s = sk_ASN1_UTF8STRING_value(texts, i);

		mun_str_add(&text, i ? ", " : ": ");
		mun_escape(&text, ASN1_STRING_get0_data(s),
			   (size_t)ASN1_STRING_length(s));
	}
	rc = mun_fail(e, MUN_ECORRUPT,
		      "the time-stamp authority refused (%s)%s", name,
		      text.text ? text.text : "");
	mun_str_free(&text);
	return rc;
}

static int check_status(TS_RESP *resp, struct mun_err *e)
{
	TS_STATUS_INFO *info = TS_RESP_get_status_info(resp);
	const ASN1_INTEGER *value = TS_STATUS_INFO_get0_status(info);
	long status = value ? ASN1_INTEGER_get(value) : -1;

	return status == 0 || status == 1 ? 0 : refused(info, status, e);
}

/* Nothing may stand behind it: it would be kept, and nobody would know why. */
static int parse(const void *der, size_t len, struct token *t,
		 struct mun_err *e)
{
	const unsigned char *p = der;
	const unsigned char *end = p + len;
	int rc;

	if (!len || len > DER_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%zu bytes are no time stamp",
				len);
	t->resp = d2i_TS_RESP(NULL, &p, (long)len);
	if (t->resp) {
		rc = check_status(t->resp, e);
		if (rc)
			return rc;
		t->p7 = TS_RESP_get_token(t->resp);
	} else {
		p = der;
		t->own = d2i_PKCS7(NULL, &p, (long)len);
		t->p7 = t->own;
	}
	if (!t->p7)
		return mun_fail_ossl(e, MUN_ECORRUPT, "not a time stamp");
	if (p != end)
		return mun_fail(e, MUN_ECORRUPT,
				"%td bytes behind the time stamp", end - p);
	if (PKCS7_type_is_signed(t->p7))
		t->info = PKCS7_to_TS_TST_INFO(t->p7);
	if (!t->info)
		return mun_fail_ossl(e, MUN_ECORRUPT, "not a time stamp");
	return 0;
}

static int check_imprint(TS_TST_INFO *info, const uint8_t digest[static DIGEST],
			 struct mun_err *e)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(imprint);
	const ASN1_OBJECT *algorithm;

	X509_ALGOR_get0(&algorithm, NULL, NULL,
			TS_MSG_IMPRINT_get_algo(imprint));
	if (OBJ_obj2nid(algorithm) != NID_sha256)
		return mun_fail(e, MUN_EFIXITY,
				"the time stamp is not over a SHA-256");
	if (ASN1_STRING_length(msg) != DIGEST ||
	    memcmp(ASN1_STRING_get0_data(msg), digest, DIGEST) != 0)
		return mun_fail(
			e, MUN_EFIXITY,
			"the time stamp is of something else (message imprint)");
	return 0;
}

/* Milliseconds of "20261122204654.25Z". */
static int time_of(const TS_TST_INFO *info, int64_t *ms, struct mun_err *e)
{
	const ASN1_GENERALIZEDTIME *when = TS_TST_INFO_get_time(info);
	const char *text = (const char *)ASN1_STRING_get0_data(when);
	const char *dot;
	struct tm tm;
	int weight = 100;

	if (!when || ASN1_TIME_to_tm(when, &tm) != 1)
		return mun_fail_ossl(e, MUN_ECORRUPT, "time of the time stamp");
	*ms = (int64_t)timegm(&tm) * 1000;
	dot = memchr(text, '.', (size_t)ASN1_STRING_length(when));
	for (; dot && dot[1] >= '0' && dot[1] <= '9'; dot++, weight /= 10)
		*ms += (int64_t)(dot[1] - '0') * weight;
	return 0;
}

static X509 *signer_of(PKCS7 *p7)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(p7, NULL, 0);
	X509 *signer =
		sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;

	sk_X509_free(signers);
	return signer;
}

static int trust(X509_STORE *store, const char *ca, X509 *signer,
		 struct mun_err *e)
{
	if (!ca) {
		/* Trusted is the certificate itself; that it may sign time
		 * stamps, and was valid, is looked at all the same. */
		if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) !=
			    1 ||
		    X509_STORE_add_cert(store, signer) != 1)
			return mun_fail_ossl(e, MUN_EUNSUPPORTED,
					     "take a certificate");
		return 0;
	}
	if (access(ca, R_OK))
		return mun_fail_sys(e, errno, "read '%s'", ca);
	if (X509_STORE_load_file(store, ca) != 1)
		return mun_fail_ossl(
			e, MUN_ECORRUPT,
			"certificates of the time-stamp authority");
	return 0;
}

static int verify(struct token *t, X509_STORE *store,
		  const uint8_t digest[static DIGEST], int64_t at_ms,
		  struct mun_err *e)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	unsigned char *imprint = OPENSSL_memdup(digest, DIGEST);
	bool ok = false;

	/* At genTime: that the certificate has ended since is no fault. */
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
				   (time_t)(at_ms / 1000));
	if (!ctx || !imprint) {
		OPENSSL_free(imprint);
		TS_VERIFY_CTX_free(ctx);
		X509_STORE_free(store);
		return mun_fail_nomem(e, "time stamp");
	}
	/* Both are the context's from here on. */
	(void)TS_VERIFY_CTX_set_imprint(ctx, imprint, DIGEST);
	(void)TS_VERIFY_CTX_set_store(ctx, store);
	(void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_IMPRINT |
						   TS_VFY_SIGNATURE);
	ok = TS_RESP_verify_token(ctx, t->p7) == 1;
	TS_VERIFY_CTX_free(ctx);
	return ok ? 0
		  : mun_fail_ossl(e, MUN_EFIXITY,
				  "the time stamp does not verify");
}

static int check_signature(struct token *t, const uint8_t digest[static DIGEST],
			   const char *ca, X509 *signer, int64_t at_ms,
			   struct mun_err *e)
{
	X509_STORE *store = X509_STORE_new();
	int rc;

	if (!store)
		return mun_fail_nomem(e, "time stamp");
	rc = trust(store, ca, signer, e);
	if (rc) {
		X509_STORE_free(store);
		return rc;
	}
	return verify(t, store, digest, at_ms, e);
}

static void name_of(X509 *signer, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	out[0] = '\0';
	if (!bio)
		return;
	if (X509_NAME_print_ex(bio, X509_get_subject_name(signer), 0,
			       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &text);
		(void)snprintf(out, size, "%.*s", (int)len, text);
	}
	BIO_free(bio);
}

static void serial_of(const TS_TST_INFO *info, char *out, size_t size)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL;

	(void)snprintf(out, size, "%s", hex ? hex : "");
	OPENSSL_free(hex);
	BN_free(n);
}

static int check(struct token *t, const uint8_t digest[static DIGEST],
		 const char *ca, struct mun_timestamp *out, struct mun_err *e)
{
	X509 *signer;
	int rc;

	rc = check_imprint(t->info, digest, e);
	if (!rc)
		rc = time_of(t->info, &out->time_ms, e);
	if (rc)
		return rc;
	signer = signer_of(t->p7);
	if (!signer)
		return mun_fail_ossl(
			e, MUN_EFIXITY,
			"the time stamp does not carry its signer's certificate");
	rc = check_signature(t, digest, ca, signer, out->time_ms, e);
	if (rc)
		return rc;
	serial_of(t->info, out->serial, sizeof(out->serial));
	name_of(signer, out->tsa, sizeof(out->tsa));
	return 0;
}

int mun_timestamp_check(const void *der, size_t len,
			const uint8_t digest[static 32], const char *ca,
			struct mun_timestamp *out, struct mun_err *e)
{
	struct token t = { 0 };
	int rc;

	*out = (struct mun_timestamp){ 0 };
	rc = parse(der, len, &t, e);
	if (!rc)
		rc = check(&t, digest, ca, out, e);
	token_free(&t);
	return rc;
}

/* The nonce is what ties an answer to its request: without it an old answer
 * could be given again. */
static int check_nonce(const TS_TST_INFO *info, const TS_REQ *req,
		       struct mun_err *e)
{
	const ASN1_INTEGER *want = TS_REQ_get_nonce(req);
	const ASN1_INTEGER *got = TS_TST_INFO_get_nonce(info);

	if (!want)
		return 0;
	if (!got || ASN1_INTEGER_cmp(want, got) != 0)
		return mun_fail(
			e, MUN_EFIXITY,
			"the time stamp answers another request (nonce)");
	return 0;
}

int mun_timestamp_answers(const void *request, size_t request_len,
			  const void *der, size_t len,
			  const uint8_t digest[static 32], const char *ca,
			  struct mun_timestamp *out, struct mun_err *e)
{
	const unsigned char *p = request;
	struct token t = { 0 };
	TS_REQ *req = NULL;
	int rc;

	*out = (struct mun_timestamp){ 0 };
	if (request_len <= DER_MAX)
		req = d2i_TS_REQ(NULL, &p, (long)request_len);
	if (!req)
		return mun_fail_ossl(e, MUN_EINVAL, "not a time-stamp request");
	rc = parse(der, len, &t, e);
	if (!rc)
		rc = check_nonce(t.info, req, e);
	if (!rc)
		rc = check(&t, digest, ca, out, e);
	token_free(&t);
	TS_REQ_free(req);
	return rc;
}
