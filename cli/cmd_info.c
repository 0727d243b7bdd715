/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_info.c - muniment info: what an image file is */
#include "cli/cli.h"
#include "fixity/hashpass.h"
#include "image/identify.h"
#include "ingest/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_text(const struct mun_image_facts *f, const char *sha256)
{
	(void)printf("format         %s (%s)\n", f->format, f->title);
	if (f->variant[0])
		(void)printf("variant        %s\n", f->variant);
	(void)printf("bytes          %" PRIu64 "\n", f->bytes);
	(void)printf("sector size    %" PRIu32 "\n", f->sector_bytes);
	if (f->volume_label[0])
		(void)printf("volume label   %s\n", f->volume_label);
	if (f->geometry.cylinders)
		(void)printf("geometry       %" PRIu32 " cylinders, %" PRIu32
			     " heads, %" PRIu32 " sectors\n",
			     f->geometry.cylinders, f->geometry.heads,
			     f->geometry.sectors);
	if (f->puid[0])
		(void)printf("PRONOM         %s\n", f->puid);
	if (f->note[0])
		(void)printf("note           %s\n", f->note);
	if (sha256)
		(void)printf("sha256         %s\n", sha256);
}

static void print_json(struct mun_jsonw *w, const struct mun_image_facts *f,
		       const char *sha256)
{
	mun_jsonw_text(w, "format", f->format);
	mun_jsonw_text(w, "title", f->title);
	mun_jsonw_text(w, "variant", f->variant);
	mun_jsonw_u64(w, "bytes", f->bytes);
	mun_jsonw_u64(w, "sector_size", f->sector_bytes);
	mun_jsonw_text(w, "volume_label", f->volume_label);
	mun_jsonw_text(w, "puid", f->puid);
	mun_jsonw_text(w, "mime", f->mime);
	mun_jsonw_text(w, "note", f->note);
	mun_jsonw_u64(w, "tracks", f->tracks);
	if (f->geometry.cylinders) {
		mun_jsonw_object(w, "geometry");
		mun_jsonw_u64(w, "cylinders", f->geometry.cylinders);
		mun_jsonw_u64(w, "heads", f->geometry.heads);
		mun_jsonw_u64(w, "sectors", f->geometry.sectors);
		mun_jsonw_end_object(w);
	}
	if (sha256)
		mun_jsonw_text(w, "content_sha256", sha256);
}

static int hash(const struct mun_cli *c, struct mun_source *src,
		char out[static MUN_DIGEST_HEX], struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc = mun_hash_source(src, MUN_DIGEST_BIT(MUN_SHA256), &d, NULL,
				 "hashing", &c->progress, e);

	if (!rc)
		mun_digest_hex(&d.of[MUN_SHA256], out);
	return rc;
}

/* A device with a bad sector still has a format. */
static int identify(const struct mun_cli *c, const struct mun_device *m,
		    struct mun_image_facts *f, struct mun_err *e)
{
	const char *slash = strrchr(c->args[0], '/');
	mun_auto(source) *view = NULL;

	if (m->facts.is_device && mun_device_view(m, &view, e))
		return e->code;
	return mun_identify(view ? view : m->source,
			    slash ? slash + 1 : c->args[0],
			    mun_cli_text(c, "format"), f, e);
}

int mun_cmd_info(struct mun_cli *c)
{
	struct mun_device m = { .fd = -1 };
	char sha256[MUN_DIGEST_HEX] = "";
	struct mun_image_facts f = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	int rc;

	rc = mun_device_open(c->args[0], &m, &e);
	if (!rc)
		rc = identify(c, &m, &f, &e);
	if (!rc && mun_cli_flag(c, "hash"))
		rc = hash(c, m.source, sha256, &e);
	mun_device_close(&m);
	if (rc)
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		print_text(&f, sha256[0] ? sha256 : NULL);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	print_json(&w, &f, sha256[0] ? sha256 : NULL);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
