/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/premis_sample.c - records for the tests of PREMIS */
#include "tests/catalog/premis_sample.h"

#include "catalog/vocab.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/support/support.h"

#include <inttypes.h>
#include <stdio.h>

/* Texts that an escaper, a parser or a tidy-minded program may hurt. */
static const char *const strange[] = {
	"",
	"plain",
	" leading and trailing blanks  ",
	"\n\n  lines\n\tindented\n\n",
	"old line ends\r\nand \r alone\r",
	"<premis:object>&amp;]]>\"'&#13;&lt;",
	"caf\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x92\xbe \xef\xbb\xbf",
	"\xc2\x85\xc2\x9f\x7f",
	"escaped \\xff\\x00 and \\\\ of a name",
	"-- comment -- <!-- --> <?pi?> <![CDATA[x]]>",
	"\t",
	" ",
};

static uint64_t next(uint64_t *state)
{
	uint64_t value;

	mun_test_pattern(&value, sizeof(value), (*state)++);
	return value;
}

static size_t below(uint64_t *state, size_t n)
{
	return (size_t)(next(state) % n);
}

static const char *uuid(struct mun_record *r, uint64_t n)
{
	const char *text =
		mun_arena_fmt(r->arena, "0192f0a0-0000-7000-8000-%012" PRIx64,
			      n & 0xffffffffffff);

	assert_non_null(text);
	return text;
}

static void fill_digest(struct mun_digests *d, enum mun_digest_alg alg,
			uint64_t seed)
{
	d->of[alg].len = mun_digest_bytes(alg);
	mun_test_pattern(d->of[alg].bytes, d->of[alg].len, seed);
}

static void fill_tree(struct mun_rec_file *f, uint64_t seed)
{
	f->tree.bytes = f->bytes;
	f->tree.npieces = mun_tree_npieces(f->bytes);
	if (f->bytes)
		mun_test_pattern(f->tree.root, sizeof(f->tree.root), seed);
}

static struct mun_rec_file *add_file(struct mun_record *r, uint64_t id,
				     const char *path, const char *role,
				     uint64_t bytes)
{
	struct mun_rec_file *f = mun_record_add_file(r);

	assert_non_null(f);
	f->id = uuid(r, id);
	f->path = path;
	f->role = role;
	f->bytes = bytes;
	fill_digest(&f->digests, MUN_SHA256, id);
	fill_digest(&f->digests, MUN_SHA512, id + 1);
	fill_tree(f, id);
	return f;
}

static void add_agent(struct mun_record *r, uint64_t id, const char *type,
		      const char *name, const char *version, const char *note)
{
	struct mun_rec_agent *a = mun_record_add_agent(r);

	assert_non_null(a);
	a->id = uuid(r, id);
	a->type = type;
	a->name = name;
	a->version = version;
	a->note = note;
}

static struct mun_rec_event *add_event(struct mun_record *r, uint64_t id,
				       const char *type, const char *started,
				       const char *ended, const char *outcome)
{
	struct mun_rec_event *ev = mun_record_add_event(r);

	assert_non_null(ev);
	ev->id = uuid(r, id);
	ev->type = type;
	ev->started = started;
	ev->ended = ended;
	ev->outcome = outcome;
	return ev;
}

static void add_property(struct mun_record *r, const char *name,
			 const char *value)
{
	struct mun_rec_property *p = mun_record_add_property(r);

	assert_non_null(p);
	p->name = name;
	p->value = value;
}

static void add_identifier(struct mun_record *r, const char *type,
			   const char *value)
{
	struct mun_rec_identifier *id = mun_record_add_identifier(r);

	assert_non_null(id);
	id->type = type;
	id->value = value;
}

static void full_whole(struct mun_record *r)
{
	r->id = uuid(r, 1);
	r->created = "2026-09-01T10:14:02Z";
	r->label = "INP spellingschijf, disk 1 of 2 <&>";
	r->collection = "Institute, box 12";
	r->note = "  first line\n\tsecond line\r\n";
	r->source = "/dev/disk\\xffname";
	r->source_kind = "device";
	r->media_type = "3.5-inch floppy";
	r->write_blocker = "none: tab and read-only open";
	r->format = "floppy";
	r->variant = "1.44 MB";
	r->volume_label = "SPEL \\x01";
	r->outcome = "partial";
	r->bytes = 1474560;
	r->sector_bytes = 512;
	r->unreadable_bytes = 2048;
	r->nunreadable = 2;
	r->unreadable = mun_arena_array(r->arena, 2, sizeof(*r->unreadable));
	assert_non_null(r->unreadable);
	r->unreadable[0] = (struct mun_rec_range){ 61440, 1536 };
	r->unreadable[1] = (struct mun_rec_range){ 1474048, 512 };
	add_identifier(r, "accession", "2026-014/3");
	add_identifier(r, "barcode", "31234000567890");
	add_property(r, "creator", "Disk <Copy> 6");
	add_property(r, "creator", "twice is no mistake");
	add_property(r, MUN_PROPERTY_PROTECTION, "none");
	add_property(r, "image: medium: x", "no trap either");
	add_identifier(r, "UUID", "0192f0a0-ffff-7000-8000-000000000000");
}

static void full_files(struct mun_record *r)
{
	struct mun_rec_file *f;

	f = add_file(r, 0x10, "documentation/label.jpg", MUN_ROLE_DOCUMENTATION,
		     70000);
	f->format = "JPEG File Interchange Format";
	f->puid = "fmt/43";
	f->mime = "image/jpeg";
	f->original_name = "foto\\xe9 1.jpg";
	f = add_file(r, 0x20, "image/disk.img", MUN_ROLE_MASTER, 1474560);
	f->format = "Raw disk image (sector dump)";
	f->format_note = "size and boot sector; no PRONOM signature";
	for (int a = 0; a < MUN_DIGEST_N; a++)
		fill_digest(&f->digests, (enum mun_digest_alg)a, 40);
	r->content = f->digests;
	f->digest_originator[MUN_SHA256] = "Institute for Sound & Vision";
	f->digest_originator[MUN_MD5] = "Ada";
	f = add_file(r, 0x30, "image/disk.map", MUN_ROLE_READMAP, 612);
	f->format = "GNU ddrescue mapfile";
	f = add_file(r, 0x40, "metadata/empty", MUN_ROLE_CAPTURE, 0);
	f->puid = "x-fmt/111";
	f = add_file(r, 0x50, "metadata/premis.xml", MUN_ROLE_RECORD, 4711);
	f->format = "PREMIS 3";
}

/* Numbers from a few to the largest there can be. */
static void add_reading(struct mun_record *r, struct mun_rec_event *ev,
			const char *drive, const char *stopped, uint64_t seed)
{
	const struct mun_rec_number *f = mun_rec_reading_numbers;
	struct mun_rec_reading *x = mun_event_add_reading(r, ev);

	assert_non_null(x);
	x->drive = drive;
	x->stopped = stopped;
	for (; f->name; f++)
		*mun_rec_reading_number(x, f) =
			seed ? (seed *= 0x9e3779b97f4a7c15u) >> 1 : INT64_MAX;
}

static void full_events(struct mun_record *r)
{
	struct mun_rec_event *ev;

	add_agent(r, 0x100, "person", "J. Archivist", "", "");
	add_agent(r, 0x101, "software", "muniment", "0.1.0", "");
	add_agent(r, 0x102, "hardware", "TEAC FD-05HGS", "firmware 2000",
		  "serial 0000001; USB 0644:0000; bus 1-4");
	ev = add_event(r, 0x200, "imaging", "2026-09-01T10:14:02Z",
		       "2026-09-01T10:15:30Z", "warning");
	ev->detail = "4 retries; 2 passes";
	ev->note = "3 of 2880 sectors unreadable";
	mun_event_link_agent(r, ev, uuid(r, 0x100), "implementer");
	mun_event_link_agent(r, ev, uuid(r, 0x101), "executing program");
	mun_event_link_agent(r, ev, uuid(r, 0x102), "");
	mun_event_link_object(r, ev, MUN_LINK_CARRIER, "source");
	mun_event_link_object(r, ev, uuid(r, 0x20), "outcome");
	add_reading(r, ev, uuid(r, 0x102), MUN_STOPPED_AWAY, 1);
	ev = add_event(r, 0x201, "fixity check", "2026-12-01T02:00:11Z", "",
		       "success");
	mun_event_link_agent(r, ev, uuid(r, 0x101), "");
	ev = add_event(r, 0x202, "metadata modification",
		       "2026-12-02T02:00:11+01:00", "2026-12-02T02:00:11.5Z",
		       "");
	ev->note = "the record was written again";
	mun_event_link_object(r, ev, uuid(r, 0x50), "outcome");
	mun_event_link_object(r, ev, uuid(r, 0x50), "source");
	mun_event_link_object(r, ev, uuid(r, 1), "");
}

static struct mun_rec_rights *add_rights(struct mun_record *r, uint64_t id,
					 const char *basis, const char *act,
					 const char *text)
{
	struct mun_rec_rights *x = mun_record_add_rights(r);

	assert_non_null(x);
	x->id = uuid(r, id);
	x->recorded = "2026-09-02T10:00:00Z";
	x->basis = basis;
	x->act = act;
	x->text = text;
	return x;
}

/* Each basis, with and without what it may have; open and closed terms. */
static void full_rights(struct mun_record *r)
{
	struct mun_rec_rights *x =
		add_rights(r, 0x300, MUN_BASIS_DONOR, MUN_ACT_DISSEMINATE,
			   " closed <for> now & \"ever\"\n");

	x->restricted = true;
	x->agent = uuid(r, 0x100);
	x->until = "2040";
	x->citation = "letter of 3 May";
	x->note = "asked by phone";
	x->ended = "2026-10-01T00:00:00Z";
	x->ended_by = uuid(r, 0x100);
	x->why = "\tthe donor\nthought again ";
	x->later = uuid(r, 0x301);
	x = add_rights(r, 0x301, MUN_BASIS_DONOR, MUN_ACT_DISSEMINATE, "half");
	x->restricted = true;
	x->from = "2026-10";
	x = add_rights(r, 0x302, MUN_BASIS_COPYRIGHT, MUN_ACT_USE, "reading");
	x->jurisdiction = "nl";
	x->from = "2026-10-01";
	x->until = "204X-12-31";
	x = add_rights(r, 0x303, MUN_BASIS_COPYRIGHT, MUN_ACT_MODIFY, "no");
	x->restricted = true;
	x->ended = "2026-10-01T00:00:00Z";
	x = add_rights(r, 0x304, MUN_BASIS_STATUTE, MUN_ACT_REPLICATE, "copy");
	x->jurisdiction = "de";
	x->citation = "UrhG \u00a7 60f";
	x->note = "\u202ertl\u202c";
	x = add_rights(r, 0x305, MUN_BASIS_LICENSE, MUN_ACT_MIGRATE, "CC BY");
	x->citation = "https://example.org/?a=1&b=<2>";
	(void)add_rights(r, 0x306, MUN_BASIS_LICENSE, MUN_ACT_DELETE, "gone");
	(void)add_rights(r, 0x307, MUN_BASIS_POLICY, MUN_ACT_USE, "here only");
	(void)add_rights(r, 0x308, MUN_BASIS_OTHER, MUN_ACT_USE, "who knows");
}

struct mun_record *premis_sample_full(void)
{
	struct mun_record *r = NULL;
	struct mun_err e;

	assert_int_equal(mun_record_new(&r, &e), 0);
	full_whole(r);
	full_files(r);
	full_events(r);
	full_rights(r);
	return r;
}

struct mun_record *premis_sample_minimal(void)
{
	struct mun_record *r = NULL;
	struct mun_err e;

	assert_int_equal(mun_record_new(&r, &e), 0);
	r->id = uuid(r, 1);
	return r;
}

static const char *any_text(struct mun_record *r, uint64_t *s)
{
	const char *a = strange[below(s, MUN_COUNT(strange))];
	const char *b = strange[below(s, MUN_COUNT(strange))];
	const char *text = mun_arena_fmt(r->arena, "%s%s", a, b);

	assert_non_null(text);
	return text;
}

static const char *some_text(struct mun_record *r, uint64_t *s)
{
	const char *text = any_text(r, s);

	return text[strspn(text, " \t\r\n")] ? text : "x";
}

static const char *any_term(uint64_t *s, const char *vocabulary, bool empty)
{
	size_t skip = below(s, 50);

	if (empty && skip % 3 == 0)
		return "";
	for (size_t i = 0;; i = (i + 1) % mun_vocab_nterms)
		if (strcmp(mun_vocab_terms[i].vocabulary, vocabulary) == 0 &&
		    skip-- == 0)
			return mun_vocab_terms[i].label;
}

static const char *any_time(struct mun_record *r, uint64_t *s)
{
	return mun_arena_fmt(r->arena, "20%02zu-%02zu-%02zuT%02zu:00:00%s",
			     below(s, 100), 1 + below(s, 12), 1 + below(s, 28),
			     below(s, 24), below(s, 2) ? "Z" : "-05:30");
}

static void any_digests(struct mun_digests *d, uint64_t *s)
{
	uint64_t set = next(s);

	for (int a = 0; a < MUN_DIGEST_N; a++)
		if (set >> a & 1)
			fill_digest(d, (enum mun_digest_alg)a, next(s));
}

static void random_files(struct mun_record *r, uint64_t *s, size_t n)
{
	static const char *const roles[] = {
		MUN_ROLE_MASTER,  MUN_ROLE_READMAP, MUN_ROLE_HASHTREE,
		MUN_ROLE_CAPTURE, MUN_ROLE_RECORD,  MUN_ROLE_DOCUMENTATION,
		"another role",
	};

	for (size_t i = 0; i < n; i++) {
		struct mun_rec_file *f = mun_record_add_file(r);

		assert_non_null(f);
		f->id = uuid(r, 0x1000 + i);
		f->path = mun_arena_fmt(r->arena, "p%zu/%s", i, any_text(r, s));
		f->role = roles[below(s, MUN_COUNT(roles))];
		f->bytes = below(s, 4) ? next(s) >> (1 + below(s, 63)) : 0;
		f->format = any_text(r, s);
		f->puid = any_text(r, s);
		f->mime = any_text(r, s);
		f->format_note = any_text(r, s);
		f->original_name = any_text(r, s);
		any_digests(&f->digests, s);
		for (int a = 0; a < MUN_DIGEST_N; a++)
			if (f->digests.of[a].len && !below(s, 3))
				f->digest_originator[a] = mun_arena_fmt(
					r->arena, "by %s", any_text(r, s));
		if (below(s, 2))
			fill_tree(f, next(s));
	}
}

static void random_agents(struct mun_record *r, uint64_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_agent(r, 0x2000 + i, any_term(s, "agentType", true),
			  any_text(r, s), any_text(r, s), any_text(r, s));
}

static void random_events(struct mun_record *r, uint64_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mun_rec_event *ev = add_event(
			r, 0x3000 + i,
			below(s, 3) ? any_term(s, "eventType", false)
				    : "imaging",
			any_time(r, s), below(s, 2) ? any_time(r, s) : "",
			any_term(s, "eventOutcome", true));

		ev->detail = any_text(r, s);
		ev->note = any_text(r, s);
		for (size_t k = below(s, 3); r->nagents && k; k--)
			mun_event_link_agent(
				r, ev, r->agents[below(s, r->nagents)].id,
				any_term(s, "eventRelatedAgentRole", true));
		for (size_t k = below(s, 4); k; k--)
			mun_event_link_object(
				r, ev,
				below(s, 4) == 0
					? MUN_LINK_CARRIER
					: uuid(r, 0x1000 + below(s, 6)),
				any_term(s, "eventRelatedObjectRole", true));
		if (!strcmp(ev->type, "imaging") && ev->nagents && below(s, 3))
			add_reading(r, ev, ev->agents[0].id,
				    below(s, 2) ? "" : MUN_STOPPED_ERRORS,
				    below(s, 4));
	}
}

/* As any_text(), of what a person may say. */
static const char *said(struct mun_record *r, uint64_t *s, bool empty)
{
	const char *text = any_text(r, s);

	if (empty && !below(s, 3))
		return "";
	return mun_text_is_clean(text, "\n\t") && text[strspn(text, " \t\n")]
		       ? text
		       : "\tsaid\n ";
}

static void random_end(struct mun_record *r, uint64_t *s,
		       struct mun_rec_rights *x, size_t i)
{
	if (below(s, 2))
		return;
	x->ended = any_time(r, s);
	x->why = said(r, s, true);
	if (r->nagents && below(s, 2))
		x->ended_by = r->agents[below(s, r->nagents)].id;
	if (i && below(s, 2))
		x->later = r->rights[below(s, i)].id;
}

static void random_rights(struct mun_record *r, uint64_t *s, size_t n)
{
	static const char *const dates[][2] = {
		{ "", "" },
		{ "", "2040" },
		{ "2026-XX", "" },
		{ "2026-01-31", "2026-02" },
		{ "2026-12-31T23:59:59Z", "20XX" },
	};

	for (size_t i = 0; i < n; i++) {
		struct mun_rec_rights *x = add_rights(
			r, 0x4000 + i, mun_rec_bases[below(s, 6)].word,
			mun_rec_acts[below(s, 6)].word, said(r, s, false));
		size_t d = below(s, MUN_COUNT(dates));
		bool statute = !strcmp(x->basis, MUN_BASIS_STATUTE);
		bool copyright = !strcmp(x->basis, MUN_BASIS_COPYRIGHT);

		x->recorded = any_time(r, s);
		x->restricted = below(s, 2);
		x->from = dates[d][0];
		x->until = dates[d][1];
		x->note = said(r, s, true);
		if (r->nagents && below(s, 2))
			x->agent = r->agents[below(s, r->nagents)].id;
		if (statute || (copyright && below(s, 2)))
			x->jurisdiction = "x <y>";
		if (statute ||
		    (below(s, 2) && (!copyright || *x->jurisdiction)))
			x->citation = "&amp; 'cited' \"twice\"";
		random_end(r, s, x, i);
	}
}

static void random_content(struct mun_record *r, uint64_t *s)
{
	const struct mun_rec_file *master = mun_record_master(r);

	r->bytes = next(s) >> below(s, 64);
	r->sector_bytes = (uint32_t)next(s);
	r->unreadable_bytes = next(s) >> below(s, 64);
	any_digests(&r->content, s);
	if (!master)
		return;
	if (below(s, 2))
		r->content = master->digests;
	r->nunreadable = below(s, 5);
	r->unreadable = mun_arena_array(r->arena, r->nunreadable + 1,
					sizeof(*r->unreadable));
	assert_non_null(r->unreadable);
	for (size_t i = 0; i < r->nunreadable; i++)
		r->unreadable[i] = (struct mun_rec_range){ next(s), next(s) };
}

struct mun_record *premis_sample_random(uint64_t seed)
{
	struct mun_record *r = premis_sample_minimal();
	uint64_t state = seed * 1000003;
	uint64_t *s = &state;
	static const char *const kinds[] = { "", "file", "device" };
	static const char *const ends[] = { "", "complete", "partial" };

	r->created = below(s, 2) ? any_time(r, s) : "";
	r->label = any_text(r, s);
	r->collection = any_text(r, s);
	r->note = any_text(r, s);
	r->source = any_text(r, s);
	r->source_kind = kinds[below(s, MUN_COUNT(kinds))];
	r->media_type = any_text(r, s);
	r->write_blocker = any_text(r, s);
	r->format = any_text(r, s);
	r->variant = any_text(r, s);
	r->volume_label = any_text(r, s);
	r->outcome = ends[below(s, MUN_COUNT(ends))];
	for (size_t i = below(s, 3); i; i--)
		add_identifier(
			r, some_text(r, s),
			mun_arena_fmt(r->arena, "%s%zu", some_text(r, s), i));
	random_files(r, s, below(s, 5));
	random_agents(r, s, below(s, 4));
	random_events(r, s, below(s, 5));
	random_content(r, s);
	random_rights(r, s, below(s, 4));
	return r;
}

static void same_file(const struct mun_rec_file *a,
		      const struct mun_rec_file *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->path, b->path);
	assert_string_equal(a->role, b->role);
	assert_true(a->bytes == b->bytes);
	assert_string_equal(a->format, b->format);
	assert_string_equal(a->puid, b->puid);
	assert_string_equal(a->mime, b->mime);
	assert_string_equal(a->format_note, b->format_note);
	assert_string_equal(a->original_name, b->original_name);
	assert_memory_equal(&a->digests, &b->digests, sizeof(a->digests));
	assert_memory_equal(a->tree.root, b->tree.root, sizeof(a->tree.root));
	assert_true(a->tree.bytes == b->tree.bytes);
	assert_true(a->tree.npieces == b->tree.npieces);
	for (int alg = 0; alg < MUN_DIGEST_N; alg++) {
		const char *x = a->digest_originator[alg];
		const char *y = b->digest_originator[alg];

		assert_string_equal(x ? x : "", y ? y : "");
	}
}

static void same_files(const struct mun_record *a, const struct mun_record *b)
{
	size_t k = 0;

	for (size_t i = 0; i < a->nfiles; i++) {
		if (strcmp(a->files[i].role, MUN_ROLE_RECORD) == 0)
			continue;
		while (k < b->nfiles &&
		       strcmp(b->files[k].role, MUN_ROLE_RECORD) == 0)
			k++;
		assert_true(k < b->nfiles);
		same_file(&a->files[i], &b->files[k++]);
	}
	for (; k < b->nfiles; k++)
		assert_string_equal(b->files[k].role, MUN_ROLE_RECORD);
}

static void same_links(size_t na, const struct mun_rec_link *a, size_t nb,
		       const struct mun_rec_link *b)
{
	assert_int_equal(na, nb);
	for (size_t i = 0; i < na; i++) {
		assert_string_equal(a[i].id, b[i].id);
		assert_string_equal(a[i].role, b[i].role);
	}
}

static void same_reading(struct mun_rec_reading *a, struct mun_rec_reading *b)
{
	const struct mun_rec_number *f = mun_rec_reading_numbers;

	assert_int_equal(!a, !b);
	if (!a || !b)
		return;
	assert_string_equal(a->drive, b->drive);
	assert_string_equal(a->stopped, b->stopped);
	for (; f->name; f++)
		assert_true(*mun_rec_reading_number(a, f) ==
			    *mun_rec_reading_number(b, f));
}

static void same_events(const struct mun_record *a, const struct mun_record *b)
{
	assert_int_equal(a->nevents, b->nevents);
	for (size_t i = 0; i < a->nevents; i++) {
		const struct mun_rec_event *x = &a->events[i];
		const struct mun_rec_event *y = &b->events[i];

		assert_string_equal(x->id, y->id);
		assert_string_equal(x->type, y->type);
		assert_string_equal(x->started, y->started);
		assert_string_equal(x->ended, y->ended);
		assert_string_equal(x->detail, y->detail);
		assert_string_equal(x->outcome, y->outcome);
		assert_string_equal(x->note, y->note);
		same_links(x->nagents, x->agents, y->nagents, y->agents);
		same_links(x->nobjects, x->objects, y->nobjects, y->objects);
		same_reading(x->reading, y->reading);
	}
}

static void same_agents(const struct mun_record *a, const struct mun_record *b)
{
	assert_int_equal(a->nagents, b->nagents);
	for (size_t i = 0; i < a->nagents; i++) {
		const struct mun_rec_agent *x = &a->agents[i];
		const struct mun_rec_agent *y = &b->agents[i];

		assert_string_equal(x->id, y->id);
		assert_string_equal(x->type, y->type);
		assert_string_equal(x->name, y->name);
		assert_string_equal(x->version, y->version);
		assert_string_equal(x->note, y->note);
	}
}

static void same_rights(const struct mun_record *a, const struct mun_record *b)
{
	assert_int_equal(a->nrights, b->nrights);
	for (size_t i = 0; i < a->nrights; i++) {
		const struct mun_rec_rights *x = &a->rights[i];
		const struct mun_rec_rights *y = &b->rights[i];

		assert_string_equal(x->id, y->id);
		assert_string_equal(x->recorded, y->recorded);
		assert_string_equal(x->agent, y->agent);
		assert_string_equal(x->basis, y->basis);
		assert_string_equal(x->act, y->act);
		assert_int_equal(x->restricted, y->restricted);
		assert_string_equal(x->text, y->text);
		assert_string_equal(x->from, y->from);
		assert_string_equal(x->until, y->until);
		assert_string_equal(x->jurisdiction, y->jurisdiction);
		assert_string_equal(x->citation, y->citation);
		assert_string_equal(x->note, y->note);
		assert_string_equal(x->ended, y->ended);
		assert_string_equal(x->ended_by, y->ended_by);
		assert_string_equal(x->why, y->why);
		assert_string_equal(x->later, y->later);
	}
}

static void same_whole(const struct mun_record *a, const struct mun_record *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->created, b->created);
	assert_string_equal(a->label, b->label);
	assert_string_equal(a->collection, b->collection);
	assert_string_equal(a->note, b->note);
	assert_string_equal(a->source, b->source);
	assert_string_equal(a->source_kind, b->source_kind);
	assert_string_equal(a->media_type, b->media_type);
	assert_string_equal(a->write_blocker, b->write_blocker);
	assert_string_equal(a->format, b->format);
	assert_string_equal(a->variant, b->variant);
	assert_string_equal(a->volume_label, b->volume_label);
	assert_string_equal(a->outcome, b->outcome);
	assert_true(a->bytes == b->bytes);
	assert_int_equal(a->sector_bytes, b->sector_bytes);
	assert_true(a->unreadable_bytes == b->unreadable_bytes);
	assert_memory_equal(&a->content, &b->content, sizeof(a->content));
	assert_int_equal(a->nunreadable, b->nunreadable);
	for (size_t i = 0; i < a->nunreadable; i++) {
		assert_true(a->unreadable[i].off == b->unreadable[i].off);
		assert_true(a->unreadable[i].bytes == b->unreadable[i].bytes);
	}
	assert_int_equal(a->nproperties, b->nproperties);
	for (size_t i = 0; i < a->nproperties; i++) {
		assert_string_equal(a->properties[i].name,
				    b->properties[i].name);
		assert_string_equal(a->properties[i].value,
				    b->properties[i].value);
	}
	assert_int_equal(a->nidentifiers, b->nidentifiers);
	for (size_t i = 0; i < a->nidentifiers; i++) {
		assert_string_equal(a->identifiers[i].type,
				    b->identifiers[i].type);
		assert_string_equal(a->identifiers[i].value,
				    b->identifiers[i].value);
	}
}

void premis_sample_assert_same(const struct mun_record *a,
			       const struct mun_record *b)
{
	same_whole(a, b);
	same_files(a, b);
	same_events(a, b);
	same_agents(a, b);
	same_rights(a, b);
}
