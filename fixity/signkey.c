/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/signkey.c - the repository's Ed25519 key (RFC 8032), through OpenSSL */
#include "fixity/signkey.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/ossl_err.h"

#define PEM_MAX 4096

struct mun_signkey {
	EVP_PKEY *pkey;
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
	char id[MUN_SIGNKEY_ID];
};

void mun_signkey_free(struct mun_signkey *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

const char *mun_signkey_id(const struct mun_signkey *k)
{
	return k->id;
}

const uint8_t *mun_signkey_public(const struct mun_signkey *k)
{
	return k->public_key;
}

void mun_signkey_id_of(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		       char out[static MUN_SIGNKEY_ID])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	(void)SHA256(public_key, MUN_SIGNKEY_PUBLIC, digest);
	mun_hex(digest, (MUN_SIGNKEY_ID - 1) / 2, out);
}

/* @pkey becomes the key's, or is freed. */
static int wrap(EVP_PKEY *pkey, struct mun_signkey **out, struct mun_err *e)
{
	struct mun_signkey *k = calloc(1, sizeof(*k));
	size_t len = sizeof(k->public_key);

	if (!k) {
		EVP_PKEY_free(pkey);
		return mun_fail_nomem(e, "key");
	}
	k->pkey = pkey;
	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(pkey, k->public_key, &len) != 1 ||
	    len != sizeof(k->public_key)) {
		mun_signkey_free(k);
		return mun_fail(e, MUN_ECORRUPT, "not an Ed25519 key");
	}
	mun_signkey_id_of(k->public_key, k->id);
	*out = k;
	return 0;
}

/* A file that nobody else could read at any moment; durable but for its name. */
static int fill(const char *path, const void *data, size_t len,
		struct mun_err *e)
{
	int fd = mun_sys.open(
		path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		0600);
	int rc;

	if (fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", path);
	rc = mun_write_all(fd, data, len, e);
	if (!rc && mun_sys.fsync(fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", path);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", path);
	if (rc)
		(void)mun_sys.unlink(path);
	return rc;
}

/* Make the name durable, or take it away: a key that may be gone after a crash
 * must not have signed anything. */
static int name_it(const char *temp, const char *path, const char *dir,
		   struct mun_err *e)
{
	int rc;

	if (mun_sys.rename_new(temp, path)) {
		rc = mun_fail_sys(e, errno, "give it its name");
		(void)mun_sys.unlink(temp);
		return rc;
	}
	rc = mun_dir_sync(dir, e);
	if (rc)
		(void)mun_sys.unlink(path);
	return rc;
}

/* A hidden name in @dir; @dir ends in '/'. */
static int fill_temp(const char *dir, const void *data, size_t len, char **out,
		     struct mun_err *e)
{
	static atomic_uint counter;

	for (;;) {
		mun_autofree char *temp = NULL;
		int rc;

		rc = mun_fmt(&temp, e, "%s.muniment-%jd-k%u.tmp", dir,
			     (intmax_t)getpid(), atomic_fetch_add(&counter, 1));
		if (!rc)
			rc = fill(temp, data, len, e);
		/* Left by a killed process that had our number: try on. */
		if (rc == MUN_EEXIST)
			continue;
		if (!rc)
			*out = mun_steal(&temp);
		return rc;
	}
}

static int save(const char *path, const void *data, size_t len,
		struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	mun_autofree char *temp = NULL;
	int rc;

	rc = slash ? mun_fmt(&dir, e, "%.*s", (int)(slash - path) + 1, path)
		   : mun_strdup("./", &dir, e);
	if (!rc)
		rc = fill_temp(dir, data, len, &temp, e);
	return rc ? rc : name_it(temp, path, dir, e);
}

static int save_pkey(EVP_PKEY *pkey, const char *path, struct mun_err *e)
{
	/* Secure memory is wiped when it is freed. */
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data;
	long len;
	int rc;

	if (!bio)
		return mun_fail_nomem(e, "key");
	if (PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
					  NULL) != 1) {
		BIO_free(bio);
		return mun_fail_ossl(e, MUN_EUNSUPPORTED, "write the key");
	}
	len = BIO_get_mem_data(bio, &data);
	rc = save(path, data, (size_t)len, e);
	BIO_free(bio);
	return rc;
}

int mun_signkey_create(const char *path, struct mun_signkey **out,
		       struct mun_err *e)
{
	mun_auto(signkey) *k = NULL;
	struct stat st;
	EVP_PKEY *pkey;
	int rc;

	if (!lstat(path, &st))
		return mun_fail(e, MUN_EEXIST, "the key '%s' is there already",
				path);
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!pkey)
		return mun_fail_ossl(e, MUN_EUNSUPPORTED,
				     "make an Ed25519 key");
	rc = wrap(pkey, &k, e);
	if (!rc)
		rc = save_pkey(k->pkey, path, e);
	if (rc)
		return mun_ctx(e, "make the key '%s'", path);
	*out = mun_steal(&k);
	return 0;
}

/* A key with a passphrase: never ask the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static int parse(const char *text, size_t len, struct mun_signkey **out,
		 struct mun_err *e)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *pkey;

	if (!bio)
		return mun_fail_nomem(e, "key");
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (!pkey)
		return mun_fail_ossl(e, MUN_ECORRUPT, "not a private key");
	return wrap(pkey, out, e);
}

static int load(const char *path, struct mun_signkey **out, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	char text[PEM_MAX];
	struct stat st;
	int rc;

	rc = mun_regular_open(path, 0, &fd, &st, e);
	if (rc)
		return rc;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return mun_fail(e, MUN_EINVAL,
				"mode %04o: others may read it; chmod 600",
				(unsigned int)st.st_mode & 07777);
	if (st.st_size > PEM_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%jd bytes are no key",
				(intmax_t)st.st_size);
	rc = mun_pread_full(fd, text, (size_t)st.st_size, 0, e);
	if (!rc)
		rc = parse(text, (size_t)st.st_size, out, e);
	OPENSSL_cleanse(text, sizeof(text));
	return rc;
}

int mun_signkey_load(const char *path, struct mun_signkey **out,
		     struct mun_err *e)
{
	int rc = load(path, out, e);

	return rc ? mun_ctx(e, "read the key '%s'", path) : 0;
}

int mun_signkey_sign(const struct mun_signkey *k, const void *data, size_t len,
		     uint8_t out[static MUN_SIGNKEY_SIGNATURE],
		     struct mun_err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t out_len = MUN_SIGNKEY_SIGNATURE;
	bool ok;

	if (!ctx)
		return mun_fail_nomem(e, "signature");
	ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	     EVP_DigestSign(ctx, out, &out_len, data, len) == 1 &&
	     out_len == MUN_SIGNKEY_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : mun_fail_ossl(e, MUN_EUNSUPPORTED, "sign");
}

int mun_signkey_verify(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		       const void *data, size_t len,
		       const uint8_t signature[static MUN_SIGNKEY_SIGNATURE],
		       struct mun_err *e)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, public_key, MUN_SIGNKEY_PUBLIC);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ready;
	bool ok;

	ready = pkey && ctx &&
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1;
	ok = ready && EVP_DigestVerify(ctx, signature, MUN_SIGNKEY_SIGNATURE,
				       data, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	if (!ready)
		return mun_fail_ossl(e, MUN_EUNSUPPORTED,
				     "verify an Ed25519 signature");
	return ok ? 0
		  : mun_fail_ossl(e, MUN_EFIXITY,
				  "the signature is not that key's");
}

int mun_signkey_pem(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		    char **out, struct mun_err *e)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, public_key, MUN_SIGNKEY_PUBLIC);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;
	int rc;

	if (pkey && bio && PEM_write_bio_PUBKEY(bio, pkey) == 1) {
		len = BIO_get_mem_data(bio, &data);
		rc = mun_fmt(out, e, "%.*s", (int)len, data);
	} else {
		rc = mun_fail_ossl(e, MUN_EUNSUPPORTED, "write a public key");
	}
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return rc;
}

int mun_signkey_public_of_pem(const char *pem, size_t len,
			      uint8_t out[static MUN_SIGNKEY_PUBLIC],
			      struct mun_err *e)
{
	size_t out_len = MUN_SIGNKEY_PUBLIC;
	EVP_PKEY *pkey = NULL;
	BIO *bio = NULL;
	bool ok;

	if (len <= PEM_MAX)
		bio = BIO_new_mem_buf(pem, (int)len);
	if (bio)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	ok = pkey && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519 &&
	     EVP_PKEY_get_raw_public_key(pkey, out, &out_len) == 1 &&
	     out_len == MUN_SIGNKEY_PUBLIC;
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return ok ? 0
		  : mun_fail_ossl(e, MUN_ECORRUPT, "not an Ed25519 public key");
}
