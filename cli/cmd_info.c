/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_info.c - muniment info: what an image file is */
#include "cli/contents_print.h"
#include "cli/device_print.h"
#include "cli/image_open.h"
#include "cli/image_print.h"

#include "fixity/hashpass.h"
#include "image/contents.h"
#include "image/identify.h"
#include "image/platform.h"

#include <stdlib.h>

/* What is on the medium, and where it was used; large: on the heap. */
struct seen {
	struct mun_contents contents;
	struct mun_verdict verdict;
};

/* A device is looked at with zeros for its bad sectors, but what is digested
 * is the medium. */
static int hash(const struct mun_cli *c, const struct mun_opened *o,
		struct mun_image_sums *sums, struct mun_err *e)
{
	mun_auto(source) *decoded = NULL;
	struct mun_source *src = o->medium.source;
	struct mun_digests d = { 0 };
	int rc = 0;

	if (!o->medium.facts.is_device) {
		rc = mun_image_source(o->img, &decoded, e);
		src = decoded;
	}
	if (!rc)
		rc = mun_hash_source(src, MUN_DIGEST_BIT(MUN_SHA256), &d, NULL,
				     "hashing", &c->progress, e);
	if (rc)
		return rc;
	mun_digest_hex(&d.of[MUN_SHA256], sums->sha256);
	return 0;
}

/* Of a disc all that is stored of each sector, which is what other programs
 * call its image; of a floppy all sectors in the order of the medium. */
static int hash_raw(const struct mun_cli *c, struct mun_image *img,
		    struct mun_image_sums *sums, struct mun_err *e)
{
	mun_auto(source) *decoded = NULL;
	struct mun_digests d = { 0 };
	int rc;

	if (!img->raw_bytes || img->raw_bytes == img->bytes)
		return 0;
	rc = mun_image_view_source(img, MUN_VIEW_RAW, &decoded, e);
	if (!rc)
		rc = mun_hash_source(decoded, MUN_DIGEST_BIT(MUN_SHA256), &d,
				     NULL, "hashing", &c->progress, e);
	if (!rc)
		mun_digest_hex(&d.of[MUN_SHA256], sums->raw_sha256);
	return rc;
}

static int read_body(const struct mun_cli *c, const struct mun_opened *o,
		     struct mun_image_sums *sums, struct mun_err *e)
{
	struct mun_image *img = o->img;
	int rc = hash(c, o, sums, e);

	/* Every sector of a device could be read, or we were not here. */
	if (rc || o->medium.facts.is_device)
		return rc;
	rc = hash_raw(c, img, sums, e);
	if (!rc)
		rc = mun_image_verify(img, e);
	if (!rc)
		rc = mun_image_count_states(img, &c->progress, &sums->states,
					    e);
	sums->counted = !rc;
	return rc;
}

/* A table of sectors tells their states without a look at the body. */
static int look_at_tables(const struct mun_cli *c, struct mun_image *img,
			  struct mun_image_sums *sums, struct mun_err *e)
{
	int rc;

	if (!img->floppy)
		return 0;
	rc = mun_image_count_states(img, &c->progress, &sums->states, e);
	sums->counted = !rc;
	return rc;
}

/* What no parser makes sense of is judged by the format alone. */
static int look_into(struct mun_image *img, struct seen *s, struct mun_err *e)
{
	struct mun_image_facts facts;
	int rc = mun_contents_of(img, &s->contents, e);
	bool blind = rc == MUN_ECORRUPT || rc == MUN_EUNSUPPORTED;

	if (rc && !blind)
		return rc;
	if (blind) {
		mun_contents_text(s->contents.boot_text,
				  sizeof(s->contents.boot_text),
				  "not known, the parser gave up");
		mun_err_clear(e);
	}
	mun_image_facts_of(img, &facts);
	mun_platform_judge(
		&facts, blind || img->preserved_only[0] ? NULL : &s->contents,
		&s->verdict);
	return 0;
}

static int is_damaged(const struct mun_image *img,
		      const struct mun_image_sums *sums)
{
	if (sums->counted &&
	    (sums->states.unreadable_bytes || sums->states.doubtful_bytes))
		return MUN_EXIT_DAMAGE;
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_CHECK &&
		    img->facts[i].state == MUN_FACT_BAD)
			return MUN_EXIT_DAMAGE;
	return MUN_EXIT_DONE;
}

static void print_json(const struct mun_opened *o, const struct seen *s,
		       const struct mun_image_sums *sums, struct mun_jsonw *w)
{
	mun_image_print_json(w, o->img, sums);
	mun_contents_print_json(w, &s->contents);
	mun_jsonw_object(w, "platform");
	mun_verdict_print_json(w, &s->verdict);
	mun_jsonw_end_object(w);
	mun_device_print_json(w, &o->medium);
}

static int print(struct mun_cli *c, const struct mun_opened *o,
		 const struct seen *s, const struct mun_image_sums *sums)
{
	const struct mun_image *img = o->img;
	/* Only who asked for the body to be read is told of its damage by the
	 * status. */
	int status =
		mun_cli_flag(c, "hash") ? is_damaged(img, sums) : MUN_EXIT_DONE;
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		mun_image_print_text(img, sums);
		if (!img->preserved_only[0])
			mun_contents_print_text(&s->contents);
		mun_verdict_print_text(&s->verdict);
		mun_device_print_text(&o->medium);
		return status;
	}
	mun_cli_json_begin(&w);
	print_json(o, s, sums, &w);
	return mun_cli_json_end(c, &w, status);
}

int mun_cmd_info(struct mun_cli *c)
{
	mun_autofree struct seen *s = calloc(1, sizeof(*s));
	struct mun_image_sums sums = { 0 };
	struct mun_opened o;
	struct mun_err e;
	int status;
	int rc;

	rc = mun_opened_open(c, c->args[0], &o, &e);
	if (!rc && !s)
		rc = mun_fail_nomem(&e, "contents of an image");
	if (!rc)
		rc = look_into(o.img, s, &e);
	if (!rc && mun_cli_flag(c, "hash"))
		rc = read_body(c, &o, &sums, &e);
	else if (!rc)
		rc = look_at_tables(c, o.img, &sums, &e);
	status = rc ? mun_cli_error(c, &e) : print(c, &o, s, &sums);
	mun_opened_close(&o);
	return status;
}
