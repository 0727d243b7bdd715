/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_print.c - what became of an export */
#include "cli/export_print.h"

#include <stdio.h>

static void print_images(struct mun_jsonw *w, const struct mun_export_result *r)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_array(w, "images");
	for (size_t i = 0; i < r->nimages; i++) {
		const struct mun_export_image *m = &r->images[i];

		mun_digest_hex(&m->content_sha256, hex);
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "object", m->object);
		mun_jsonw_text(w, "path", m->path);
		mun_jsonw_text(w, "format", m->format);
		mun_jsonw_u64(w, "bytes", m->bytes);
		mun_jsonw_text(w, "content_sha256", hex);
		mun_jsonw_bool(w, "identical", m->identical);
		mun_jsonw_u64(w, "losses", m->losses);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

void mun_export_print_json(struct mun_jsonw *w,
			   const struct mun_export_result *r)
{
	mun_jsonw_text(w, "object", r->images[0].object);
	mun_jsonw_text(w, "target", r->target);
	mun_jsonw_text(w, "suit", mun_suit_name(r->suit));
	mun_jsonw_text(w, "reason", r->reason);
	mun_jsonw_text(w, "platform", mun_platform_name(r->platform));
	mun_jsonw_text(w, "path", r->path);
	print_images(w, r);
	mun_jsonw_bool(w, "verified", r->verified);
	mun_jsonw_text(w, "proof", mun_proof_name(r->proof.result));
	mun_jsonw_text(w, "proof_text", r->proof.text);
	mun_jsonw_text(w, "event", r->event);
}

void mun_export_print_text(const struct mun_export_result *r)
{
	(void)printf("%s: %s\n", r->target, r->reason);
	(void)printf("package %s\n", r->path);
	for (size_t i = 0; i < r->nimages; i++)
		(void)printf("  %s (%s)%s\n", r->images[i].path,
			     r->images[i].format,
			     r->images[i].losses ? ", with losses" : "");
	(void)printf("  %s\n",
		     r->verified ? "read back and compared" : "not verified");
	if (r->proof.result != MUN_PROOF_NOT_ASKED)
		(void)printf("  start: %s: %s\n",
			     mun_proof_name(r->proof.result), r->proof.text);
}
