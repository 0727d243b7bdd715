/* SPDX-License-Identifier: Apache-2.0 */
/* cli/contents_print.c - what is on a medium (cli/contents_print.h) */
#include "cli/contents_print.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- text ---- */

static void print_part(const struct mun_contents_part *p)
{
	(void)printf("partition %-4u %s, %" PRIu64 " bytes at byte %" PRIu64
		     "%s%s%s\n",
		     p->number, p->type, p->bytes, p->off,
		     p->active ? ", active" : "", p->name[0] ? ", name " : "",
		     p->name);
}

/* The number of the partition that it lies in, or 0. */
static unsigned int part_of(const struct mun_contents *c,
			    const struct mun_contents_volume *v)
{
	return v->part && v->part <= c->nparts ? c->parts[v->part - 1].number
					       : 0;
}

static void print_named(const char *name, const char *value)
{
	if (value[0])
		(void)printf(", %s %s", name, value);
}

static void print_volume(const struct mun_contents *c,
			 const struct mun_contents_volume *v)
{
	(void)printf("file system    %s, ", v->title);
	if (v->bytes)
		(void)printf("%" PRIu64 " bytes ", v->bytes);
	(void)printf("at byte %" PRIu64, v->off);
	if (v->part)
		(void)printf(", in partition %u", part_of(c, v));
	if (v->damaged)
		(void)printf(", damaged");
	print_named("serial", v->serial);
	print_named("OEM id", v->oem);
	print_named("PRONOM", v->puid);
	print_named("label", v->label);
	(void)putchar('\n');
	for (size_t i = 0; i < v->nmarks; i++)
		(void)printf("%15s%s\n", "", v->marks[i].text);
}

void mun_contents_print_text(const struct mun_contents *c)
{
	if (c->table[0])
		(void)printf("partitions     %s%s\n", c->table,
			     c->table_damaged ? ", damaged" : "");
	else if (c->table_damaged)
		(void)printf("partitions     not known, cannot be decoded\n");
	for (size_t i = 0; i < c->nparts; i++)
		print_part(&c->parts[i]);
	for (size_t i = 0; i < c->nvolumes; i++)
		print_volume(c, &c->volumes[i]);
	for (size_t i = 0; i < c->nmarks; i++)
		(void)printf("medium         %s\n", c->marks[i].text);
	if (c->more)
		(void)printf("and more       not listed here\n");
	(void)printf("boots          %s%s%s\n", mun_boots_name(c->boots),
		     c->boot_text[0] ? ": " : "", c->boot_text);
}

void mun_verdict_print_text(const struct mun_verdict *v)
{
	(void)printf("platform       %s: %s (%s)\n",
		     mun_platform_name(v->platform),
		     mun_platform_title(v->platform),
		     mun_confidence_name(v->confidence));
	for (size_t i = 0; i < v->nreasons; i++)
		(void)printf("%15s%s\n", "", v->reasons[i]);
	if (v->nothers)
		(void)printf("or             ");
	for (size_t i = 0; i < v->nothers; i++)
		(void)printf("%s%s", i ? ", " : "",
			     mun_platform_name(v->others[i]));
	if (v->nothers)
		(void)putchar('\n');
}

/* ---- JSON ---- */

static void json_marks(struct mun_jsonw *w, const struct mun_mark *marks,
		       size_t n)
{
	mun_jsonw_array(w, "marks");
	for (size_t i = 0; i < n; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "word", marks[i].word);
		mun_jsonw_text(w, "text", marks[i].text);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void json_parts(struct mun_jsonw *w, const struct mun_contents *c)
{
	mun_jsonw_array(w, "partitions");
	for (size_t i = 0; i < c->nparts; i++) {
		const struct mun_contents_part *p = &c->parts[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "number", p->number);
		mun_jsonw_u64(w, "offset", p->off);
		mun_jsonw_u64(w, "bytes", p->bytes);
		mun_jsonw_text(w, "type", p->type);
		mun_jsonw_text(w, "name", p->name);
		mun_jsonw_bool(w, "active", p->active);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void json_volume(struct mun_jsonw *w, const struct mun_contents *c,
			const struct mun_contents_volume *v)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "partition", part_of(c, v));
	mun_jsonw_u64(w, "offset", v->off);
	mun_jsonw_u64(w, "bytes", v->bytes);
	mun_jsonw_text(w, "file_system", v->fs);
	mun_jsonw_text(w, "title", v->title);
	mun_jsonw_text(w, "label", v->label);
	mun_jsonw_text(w, "serial", v->serial);
	mun_jsonw_text(w, "oem", v->oem);
	mun_jsonw_text(w, "puid", v->puid);
	mun_jsonw_u64(w, "block_size", v->block_bytes);
	mun_jsonw_text(w, "boots", mun_boots_name(v->boots));
	mun_jsonw_text(w, "boot_text", v->boot_text);
	mun_jsonw_bool(w, "damaged", v->damaged);
	json_marks(w, v->marks, v->nmarks);
	mun_jsonw_end_object(w);
}

void mun_contents_print_json(struct mun_jsonw *w, const struct mun_contents *c)
{
	mun_jsonw_text(w, "partition_table", c->table);
	mun_jsonw_bool(w, "partition_table_damaged", c->table_damaged);
	json_parts(w, c);
	mun_jsonw_array(w, "volumes");
	for (size_t i = 0; i < c->nvolumes; i++)
		json_volume(w, c, &c->volumes[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_bool(w, "more", c->more);
	mun_jsonw_text(w, "boots", mun_boots_name(c->boots));
	mun_jsonw_text(w, "boot_text", c->boot_text);
	json_marks(w, c->marks, c->nmarks);
}

void mun_verdict_print_json(struct mun_jsonw *w, const struct mun_verdict *v)
{
	mun_jsonw_text(w, "name", mun_platform_name(v->platform));
	mun_jsonw_text(w, "title", mun_platform_title(v->platform));
	mun_jsonw_text(w, "confidence", mun_confidence_name(v->confidence));
	mun_jsonw_text(w, "boots", mun_boots_name(v->boots));
	mun_jsonw_array(w, "reasons");
	for (size_t i = 0; i < v->nreasons; i++)
		mun_jsonw_text(w, NULL, v->reasons[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "others");
	for (size_t i = 0; i < v->nothers; i++)
		mun_jsonw_text(w, NULL, mun_platform_name(v->others[i]));
	mun_jsonw_end_array(w);
}
