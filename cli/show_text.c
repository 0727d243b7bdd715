/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show_text.c - one object for people */
#include "cli/show.h"

#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>

static void line(const char *what, const char *text)
{
	if (text && text[0])
		(void)printf("%-14s %s\n", what, text);
}

static void facts(const struct mun_record *r)
{
	char bytes[16];

	mun_human_bytes(r->bytes, bytes);
	line("object", r->id);
	line("label", r->label);
	line("collection", r->collection);
	line("note", r->note);
	for (size_t i = 0; i < r->nidentifiers; i++)
		line(r->identifiers[i].type, r->identifiers[i].value);
	line("taken in", r->created);
	line("from", r->source);
	line("carrier", r->media_type);
	line("write blocker", r->write_blocker);
	line("format", r->format);
	line("variant", r->variant);
	line("volume label", r->volume_label);
	(void)printf("%-14s %" PRIu64 " (%s), sectors of %" PRIu32 "\n",
		     "bytes", r->bytes, bytes, r->sector_bytes);
	line("outcome", r->outcome);
	for (size_t i = 0; i < r->nunreadable; i++)
		(void)printf("%-14s %" PRIu64 " bytes at offset %" PRIu64 "\n",
			     "unreadable", r->unreadable[i].bytes,
			     r->unreadable[i].off);
}

static void digests(const struct mun_record *r)
{
	char hex[MUN_DIGEST_HEX];

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!r->content.of[i].len)
			continue;
		mun_digest_hex(&r->content.of[i], hex);
		line(mun_digest_name((enum mun_digest_alg)i), hex);
	}
}

void mun_show_text(const struct mun_record *r)
{
	facts(r);
	digests(r);
	if (r->nproperties)
		(void)printf("\nthe image says\n");
	for (size_t i = 0; i < r->nproperties; i++)
		(void)printf("  %s: %s\n", r->properties[i].name,
			     r->properties[i].value);
	(void)printf("\nfiles\n");
	for (size_t i = 0; i < r->nfiles; i++)
		(void)printf("  %12" PRIu64 "  %-28s %s\n", r->files[i].bytes,
			     r->files[i].path, r->files[i].role);
	(void)printf("\nevents\n");
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];

		(void)printf("  %s  %-26s %-8s %s%s%s\n", ev->started, ev->type,
			     ev->outcome, ev->detail, ev->note[0] ? "; " : "",
			     ev->note);
	}
	(void)printf("\nagents\n");
	for (size_t i = 0; i < r->nagents; i++)
		(void)printf("  %-10s %s %s %s\n", r->agents[i].type,
			     r->agents[i].name, r->agents[i].version,
			     r->agents[i].note);
}
