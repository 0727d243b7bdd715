/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/readme.c - what the researcher reads first */
#include "emulate-export/papers.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/parse.h"
#include "core/utf8.h"

#define WIDTH 76u
/* More ranges than this are left to receipt.json. */
#define RANGES_MAX 40u

/* One word, on a new line where it no longer fits. */
static void add_word(struct mun_str *s, const char *word, size_t len,
		     size_t *column)
{
	if (*column && *column + 1 + len > WIDTH) {
		mun_str_add_char(s, '\n');
		*column = 0;
	} else if (*column) {
		mun_str_add_char(s, ' ');
		++*column;
	}
	mun_str_add_bytes(s, word, len);
	*column += len;
}

/* A paragraph, wrapped.  A line end in @text is one in the output. */
static void add_paragraph(struct mun_str *s, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " \n");

		if (len)
			add_word(s, text, len, &column);
		text += len;
		if (*text == '\n') {
			mun_str_add_char(s, '\n');
			column = 0;
		}
		if (*text)
			text++;
	}
	mun_str_add(s, "\n\n");
}

static void add_heading(struct mun_str *s, const char *text)
{
	mun_str_add(s, text);
	mun_str_add_char(s, '\n');
	for (size_t i = strlen(text); i; i--)
		mun_str_add_char(s, '-');
	mun_str_add(s, "\n\n");
}

/* "Label:  value"; nothing for an empty value. */
static void add_fact(struct mun_str *s, const char *name, const char *value)
{
	char line[1024];

	if (!value || !*value)
		return;
	(void)mun_utf8_line(value, line, sizeof(line));
	mun_str_addf(s, "  %-16s %s\n", name, line);
}

static void add_bytes(struct mun_str *s, const char *name, uint64_t bytes)
{
	char human[16];

	mun_human_bytes(bytes, human);
	mun_str_addf(s, "  %-16s %" PRIu64 " bytes (%s)\n", name, bytes, human);
}

static void add_medium(struct mun_str *s, const struct mun_papers *p, size_t k)
{
	const struct mun_set_object *o = &p->set->objects[k];
	const struct mun_record *r = o->record;

	add_heading(s, "What it is");
	add_fact(s, "Label", r->label);
	add_fact(s, "Collection", r->collection);
	add_fact(s, "Object", r->id);
	for (size_t i = 0; i < r->nidentifiers; i++)
		add_fact(s, r->identifiers[i].type, r->identifiers[i].value);
	add_fact(s, "Medium", r->media_type);
	add_fact(s, "Format", o->facts.title);
	add_fact(s, "Contents", o->facts.variant);
	add_fact(s, "Volume label", o->facts.volume_label);
	add_bytes(s, "Size", o->facts.bytes);
	add_fact(s, "Taken in", r->created);
	add_fact(s, "Held by", p->env->repository_name);
	add_fact(s, "Image", o->packaged.path);
	mun_str_add_char(s, '\n');
	if (*r->note)
		add_paragraph(s, r->note);
}

static void add_ranges(struct mun_str *s, const struct mun_record *r)
{
	size_t shown = MUN_MIN(r->nunreadable, (size_t)RANGES_MAX);

	mun_str_add(s, "  first byte      bytes\n");
	for (size_t i = 0; i < shown; i++)
		mun_str_addf(s, "  %-15" PRIu64 " %" PRIu64 "\n",
			     r->unreadable[i].off, r->unreadable[i].bytes);
	if (shown < r->nunreadable)
		mun_str_addf(s, "  and %zu more: see metadata/receipt.json\n",
			     r->nunreadable - shown);
	mun_str_add_char(s, '\n');
}

static void add_unreadable(struct mun_str *s, const struct mun_record *r)
{
	struct mun_str t = { 0 };

	add_heading(s, "What could not be read");
	if (!r->unreadable_bytes && !r->nunreadable) {
		add_paragraph(s,
			      strcmp(r->outcome, "partial")
				      ? "Nothing: all of the medium was read."
				      : "The medium was not read completely; "
					"which parts is not recorded.");
		return;
	}
	mun_str_addf(&t,
		     "%" PRIu64 " bytes, in %zu %s of the medium, could not "
		     "be read. They are zeros in the image. A program or a "
		     "document that lies there is damaged; that it does not "
		     "work here does not mean that it never did.",
		     r->unreadable_bytes, r->nunreadable,
		     r->nunreadable == 1 ? "place" : "places");
	if (t.failed)
		s->failed = true;
	else
		add_paragraph(s, t.text);
	mun_str_free(&t);
	add_ranges(s, r);
}

/* Read, but not well: the bytes are there and may be wrong. */
static void add_doubtful(struct mun_str *s, const struct mun_record *r)
{
	const char *text = mun_record_property(r, MUN_PROPERTY_DOUBTFUL);
	struct mun_str t = { 0 };

	if (!text)
		return;
	add_heading(s, "What was read with a failed check");
	mun_str_addf(&t,
		     "The medium's own check of these sectors failed when they "
		     "were read, so what is in them may be wrong: %s.",
		     text);
	if (t.failed)
		s->failed = true;
	else
		add_paragraph(s, t.text);
	mun_str_free(&t);
}

static void add_start(struct mun_str *s, const struct mun_papers *p)
{
	add_heading(s, "How to start it");
	mun_str_addf(s, "Install %s.\nThen, in this folder:\n\n    ./run\n\n",
		     p->target->program);
	add_paragraph(s, "The image is not written to: whatever the emulated "
			 "machine changes is gone when it ends. Every option "
			 "of the emulator can be added; the script says "
			 "which are useful.");
	for (size_t i = 0; i < p->plan->n; i++)
		mun_str_addf(s, "%s is attached as a %s.\n",
			     p->plan->media[i].name, p->plan->media[i].device);
	mun_str_add_char(s, '\n');
	for (size_t i = 0; i < p->plan->nnotes; i++)
		add_paragraph(s, p->plan->notes[i]);
	add_heading(s, "What is not supplied");
	add_paragraph(s, p->target->missing);
}

static void add_contents(struct mun_str *s, const struct mun_papers *p)
{
	add_heading(s, "What is in this folder");
	for (size_t i = 0; i < p->package->nfiles; i++)
		if (!strncmp(p->package->files[i].path, "data/", 5))
			mun_str_addf(s, "  %s\n",
				     p->package->files[i].path + 5);
	mun_str_add(s, "\nTo see whether all is as it was given out:\n\n"
		       "    cd .. && sha512sum -c manifest-sha512.txt\n");
}

int mun_readme_write(const struct mun_papers *p, struct mun_str *out,
		     struct mun_err *e)
{
	char when[MUN_TIME_LEN];

	mun_time_text(p->when_ms, when);
	add_heading(out, "A medium to start in an emulator");
	mun_str_addf(
		out,
		"Made for %s by muniment %s on %s.\n"
		"This folder is the payload of a BagIt bag (RFC 8493).\n\n",
		p->target->title, p->env->program_version, when);
	for (size_t i = 0; i < p->set->n; i++) {
		add_medium(out, p, i);
		add_unreadable(out, p->set->objects[i].record);
		add_doubtful(out, p->set->objects[i].record);
	}
	add_start(out, p);
	add_contents(out, p);
	return out->failed ? mun_fail_nomem(e, "README") : 0;
}
