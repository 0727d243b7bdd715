/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/small_package.c - a package of a few files, made by hand */
#include "tests/emulate-export/small_package.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/file.h"
#include "emulate-export/package.h"
#include "fixity/digest.h"
#include "tests/support/support.h"

#define IMAGE ((size_t)512)

static struct small_file *add(struct small_package *p, const char *path,
			      const void *data, size_t len)
{
	struct small_file *f = &p->files[p->n++];

	assert_true(p->n <= SMALL_FILES && len <= sizeof(f->text));
	f->path = path;
	f->len = len;
	memcpy(f->text, data, len);
	return f;
}

static struct small_file *add_text(struct small_package *p, const char *path,
				   const char *text)
{
	return add(p, path, text, strlen(text));
}

static void hex_of(const void *data, size_t len, enum mun_digest_alg alg,
		   char out[static MUN_DIGEST_HEX])
{
	struct mun_digests d = { 0 };
	struct mun_err e;

	assert_int_equal(
		mun_digest_memory(MUN_DIGEST_BIT(alg), data, len, &d, &e), 0);
	mun_digest_hex(&d.of[alg], out);
}

static bool is_payload(const char *path)
{
	return !strncmp(path, "data/", 5);
}

/* Of the first @n files, payload or not. */
static void add_manifest(struct small_package *p, const char *path,
			 enum mun_digest_alg alg, bool payload, size_t n)
{
	char hex[MUN_DIGEST_HEX];
	char text[8192] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const struct small_file *f = &p->files[i];

		if (is_payload(f->path) != payload ||
		    !strcmp(f->path, "data/extra"))
			continue;
		hex_of(f->text, f->len, alg, hex);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s  %s\n", hex, f->path);
	}
	(void)add(p, path, text, len);
}

static void add_receipt(struct small_package *p, const void *image)
{
	char text[2048];
	char a[MUN_DIGEST_HEX];
	char b[MUN_DIGEST_HEX];

	hex_of(image, IMAGE, MUN_SHA256, a);
	hex_of(image, IMAGE, MUN_SHA512, b);
	(void)snprintf(text, sizeof(text),
		       "{\n\"target\": \"raw\",\n\"objects\": [{\n\"object\": "
		       "\"" SMALL_OBJECT "\",\n\"event\": \"" SMALL_EVENT
		       "\",\n\"image\": {\"path\": \"data/media/disk.img\", "
		       "\"format\": \"raw\", \"bytes\": 512,\n\"digests\": "
		       "{\"sha256\": \"%s\", \"sha512\": \"%s\"}}}]}\n",
		       a, b);
	(void)add_text(p, "data/receipt.json", text);
}

static void add_info(struct small_package *p)
{
	uint64_t bytes = 0;
	uint64_t files = 0;
	char text[256];

	for (size_t i = 0; i < p->n; i++) {
		if (is_payload(p->files[i].path)) {
			bytes += p->files[i].len;
			files++;
		}
	}
	(void)snprintf(text, sizeof(text),
		       "Source-Organization: A Test\nPayload-Oxum: %" PRIu64
		       ".%" PRIu64 "\n",
		       bytes, files);
	(void)add_text(p, "bag-info.txt", text);
}

void small_package_make(struct small_package *p, const struct small_options *o)
{
	uint8_t image[IMAGE + 1024] = { 0 };
	size_t n;

	memset(p, 0, sizeof(*p));
	mun_test_pattern(image, IMAGE, 3);
	if (o->bad_padding)
		image[IMAGE + o->padding / 2] = 1;
	(void)add_text(p, "bagit.txt",
		       "BagIt-Version: 1.0\n"
		       "Tag-File-Character-Encoding: UTF-8\n");
	(void)add(p, "data/media/disk.img", image, IMAGE + o->padding);
	(void)add_text(p, "data/run", "#!/bin/sh\nexec true\n");
	if (o->premis)
		(void)add_text(p, "data/metadata/premis.xml", o->premis);
	if (!o->receipt)
		add_receipt(p, image);
	else if (*o->receipt)
		(void)add_text(p, "data/receipt.json", o->receipt);
	if (o->extra)
		(void)add_text(p, "data/extra", o->extra);
	add_info(p);
	n = p->n;
	add_manifest(p, "manifest-sha256.txt", MUN_SHA256, true, n);
	add_manifest(p, "manifest-sha512.txt", MUN_SHA512, true, n);
	n = p->n;
	add_manifest(p, "tagmanifest-sha256.txt", MUN_SHA256, false, n);
	add_manifest(p, "tagmanifest-sha512.txt", MUN_SHA512, false, n);
}

struct small_file *small_package_file(struct small_package *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->files[i].path, path))
			return &p->files[i];
	}
	fail_msg("no '%s'", path);
	return NULL;
}

static char *write_folder(const struct small_package *p, const char *dir)
{
	char *bag = mun_test_path(dir, "small");
	struct mun_err e;

	assert_int_equal(mun_tree_remove(bag, &e), 0);
	for (size_t i = 0; i < p->n; i++) {
		char *path = mun_test_path(bag, p->files[i].path);
		char *slash = strrchr(path, '/');

		*slash = '\0';
		assert_int_equal(mun_mkdirs(path, &e), 0);
		*slash = '/';
		mun_test_write(path, p->files[i].text, p->files[i].len);
		free(path);
	}
	return bag;
}

char *small_package_write(const struct small_package *p, const char *dir,
			  enum mun_package_kind kind)
{
	const struct mun_package_opts o = {
		.kind = kind,
		.output = dir,
		.folder = "small",
		.algs = MUN_DIGEST_BIT(MUN_SHA256),
		.when_ms = INT64_C(1700000000000),
	};
	mun_auto(package) *k = NULL;
	char *place = NULL;
	struct mun_err e;

	if (kind == MUN_PACKAGE_DIR)
		return write_folder(p, dir);
	assert_int_equal(mun_package_place(&o, &place, &e), 0);
	assert_int_equal(mun_tree_remove(place, &e), 0);
	assert_int_equal(mun_package_open(&o, &k, &e), 0);
	for (size_t i = 0; i < p->n; i++)
		assert_int_equal(mun_package_put(k, p->files[i].path, 0444,
						 p->files[i].text,
						 p->files[i].len, &e),
				 0);
	assert_int_equal(mun_package_seal(k, &e), 0);
	assert_int_equal(mun_package_publish(k, &e), 0);
	return place;
}

static void take(void *ctx, const struct mun_verify_finding *f)
{
	struct small_verdict *v = ctx;

	if (v->n == sizeof(v->findings) / sizeof(v->findings[0]))
		return;
	v->findings[v->n].kind = f->kind;
	v->findings[v->n].weight = f->weight;
	(void)snprintf(v->findings[v->n].path, sizeof(v->findings[0].path),
		       "%s", f->path);
	(void)snprintf(v->findings[v->n].by, sizeof(v->findings[0].by), "%s",
		       f->by);
	(void)snprintf(v->findings[v->n].text, sizeof(v->findings[0].text),
		       "%s%s%s", f->algorithm, *f->algorithm ? " " : "",
		       f->text);
	v->n++;
}

void small_verify(const char *path, struct mun_catalog *catalog,
		  struct small_verdict *out)
{
	const struct mun_verify_request q = { .path = path,
					      .catalog = catalog };
	char text[1024];
	struct mun_err e;

	out->n = 0;
	if (mun_verify_package(&q, take, out, &out->result, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
}

bool small_has(const struct small_verdict *v, enum mun_verify_kind kind,
	       enum mun_verify_weight weight, const char *path)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->findings[i].kind == kind &&
		    v->findings[i].weight == weight &&
		    (!strcmp(v->findings[i].path, path) ||
		     strstr(v->findings[i].text, path)))
			return true;
	}
	return false;
}

bool small_names(const struct small_verdict *v, const char *path)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->findings[i].weight == MUN_VERIFY_DAMAGE &&
		    (!strcmp(v->findings[i].path, path) ||
		     !strcmp(v->findings[i].by, path)))
			return true;
	}
	return false;
}
