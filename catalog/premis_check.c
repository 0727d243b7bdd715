/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_check.c - what a record must be to be written
 *
 * Refusing early is what makes read(write(r)) == r a promise: nothing that
 * the reader would not take, or would take for something else, is written.
 */
#include "catalog/premis_writer.h"

#include "catalog/edtf.h"
#include "catalog/vocab.h"
#include "core/uuid.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	const struct mun_premis_id *x = a;
	const struct mun_premis_id *y = b;

	return strcmp(x->id, y->id);
}

const struct mun_premis_id *mun_premis_find_id(const struct mun_premis_id *ids,
					       size_t n, const char *id)
{
	struct mun_premis_id key = { .id = id };

	return n ? bsearch(&key, ids, n, sizeof(*ids), by_id) : NULL;
}

/* UUIDs, each once. */
static int check_ids(const char *what, struct mun_premis_id *ids, size_t n,
		     struct mun_err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!mun_uuid_is(ids[i].id))
			return mun_fail(e, MUN_EINVAL,
					"id '%s' of %s is no UUID", ids[i].id,
					what);
	if (n)
		qsort(ids, n, sizeof(*ids), by_id);
	for (size_t i = 1; i < n; i++)
		if (strcmp(ids[i - 1].id, ids[i].id) == 0)
			return mun_fail(e, MUN_EINVAL,
					"two of %s have the id '%s'", what,
					ids[i].id);
	return 0;
}

static int check_term(const char *what, const char *vocabulary,
		      const char *label, struct mun_err *e)
{
	const struct mun_vocab_term *t;

	if (!*label)
		return 0;
	t = mun_vocab_by_label(vocabulary, label);
	/* To the letter: the profile lists the terms as they are. */
	if (!t || strcmp(t->label, label) != 0)
		return mun_fail(e, MUN_EINVAL,
				"%s '%s' is no term of the LoC vocabulary %s",
				what, label, vocabulary);
	return 0;
}

static int check_word(const char *what, const char *word, const char *a,
		      const char *b, struct mun_err *e)
{
	if (*word && strcmp(word, a) != 0 && strcmp(word, b) != 0)
		return mun_fail(e, MUN_EINVAL, "%s is '%s', not '%s' or '%s'",
				what, word, a, b);
	return 0;
}

static int check_time(const char *what, const char *text, struct mun_err *e)
{
	if (!mun_rfc3339_is_valid(text))
		return mun_fail(e, MUN_EINVAL, "%s '%s' is not RFC 3339", what,
				text);
	return 0;
}

static int check_digests(const char *what, const struct mun_digests *d,
			 struct mun_err *e)
{
	for (int alg = 0; alg < MUN_DIGEST_N; alg++) {
		size_t len = d->of[alg].len;

		if (len && len != mun_digest_bytes((enum mun_digest_alg)alg))
			return mun_fail(
				e, MUN_EINVAL, "%s digest of '%s'",
				mun_digest_title((enum mun_digest_alg)alg),
				what);
	}
	return 0;
}

/* What another computed is written beside ours, and told apart by its name. */
static int check_originators(const struct mun_rec_file *f, struct mun_err *e)
{
	for (int alg = 0; alg < MUN_DIGEST_N; alg++) {
		const char *name = f->digest_originator[alg];

		if (name && (!*name || !f->digests.of[alg].len ||
			     mun_premis_is_ours(name)))
			return mun_fail(e, MUN_EINVAL,
					"'%s' cannot be who else computed a "
					"digest of '%s'",
					name, f->path);
	}
	return 0;
}

static int check_tree(const struct mun_rec_file *f, struct mun_err *e)
{
	static const uint8_t none[MUN_TREE_HASH];
	uint64_t bytes = 0;

	if (memcmp(f->tree.root, none, sizeof(none)) != 0)
		bytes = f->bytes;
	if (f->tree.bytes != bytes ||
	    f->tree.npieces != mun_tree_npieces(bytes))
		return mun_fail(e, MUN_EINVAL,
				"the hash tree of '%s' is of another file",
				f->path);
	return 0;
}

static int check_properties(const struct mun_record *r, struct mun_err *e)
{
	for (size_t i = 0; i < r->nproperties; i++)
		if (!*r->properties[i].name || !*r->properties[i].value)
			return mun_fail(e, MUN_EINVAL,
					"property %zu has no name or no value",
					i + 1);
	return 0;
}

static int check_files(const struct mun_record *r, struct mun_err *e)
{
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct mun_rec_file *f = &r->files[i];
		int rc;

		if (!*f->path || !*f->role)
			return mun_fail(e, MUN_EINVAL,
					"file '%s' has no path or no role",
					f->id);
		if (!mun_premis_describes(f))
			continue;
		if (strcmp(f->role, MUN_ROLE_ELSEWHERE) == 0)
			return mun_fail(e, MUN_EINVAL,
					"role '%s' of file '%s' is reserved",
					f->role, f->path);
		if (f->bytes > INT64_MAX)
			return mun_fail(e, MUN_EINVAL,
					"size of '%s' is beyond xs:long",
					f->path);
		rc = check_digests(f->path, &f->digests, e);
		if (!rc)
			rc = check_originators(f, e);
		if (!rc)
			rc = check_tree(f, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_links(const struct mun_premis_writer *w,
		       const struct mun_rec_event *ev, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < ev->nagents && !rc; i++) {
		const struct mun_rec_link *l = &ev->agents[i];

		if (!mun_premis_find_id(w->agents, w->r->nagents, l->id))
			return mun_fail(e, MUN_EINVAL,
					"event '%s' links to no agent '%s'",
					ev->id, l->id);
		rc = check_term("agent's role", "eventRelatedAgentRole",
				l->role, e);
	}
	for (size_t i = 0; i < ev->nobjects && !rc; i++) {
		const struct mun_rec_link *l = &ev->objects[i];

		if (strcmp(l->id, MUN_LINK_CARRIER) != 0 && !mun_uuid_is(l->id))
			return mun_fail(e, MUN_EINVAL,
					"event '%s' links to no object '%s'",
					ev->id, l->id);
		rc = check_term("object's role", "eventRelatedObjectRole",
				l->role, e);
	}
	return rc;
}

static int check_event(const struct mun_premis_writer *w,
		       const struct mun_rec_event *ev, struct mun_err *e)
{
	int rc;

	if (!*ev->type)
		return mun_fail(e, MUN_EINVAL, "event '%s' has no type",
				ev->id);
	rc = check_term("event type", "eventType", ev->type, e);
	if (!rc)
		rc = check_term("outcome", "eventOutcome", ev->outcome, e);
	if (!rc)
		rc = check_time("start of the event", ev->started, e);
	if (!rc && *ev->ended)
		rc = check_time("end of the event", ev->ended, e);
	if (!rc)
		rc = check_links(w, ev, e);
	if (!rc)
		rc = mun_premis_check_reading(ev, e);
	return rc;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static bool has_suffix(const char *text, const char *suffix)
{
	const size_t len = strlen(text);
	const size_t n = strlen(suffix);

	return len >= n && strcmp(text + len - n, suffix) == 0;
}

/* Would it name one of our own objects? */
static bool is_reserved(const struct mun_premis_writer *w,
			const struct mun_rec_identifier *id)
{
	if (strcmp(id->type, MUN_PREMIS_UUID) == 0)
		return mun_uuid_is(id->value) &&
		       mun_premis_find_id(w->files, w->r->nfiles + 1,
					  id->value);
	return strcmp(id->type, MUN_PREMIS_URI) == 0 &&
	       strncmp(id->value, MUN_PREMIS_URN, strlen(MUN_PREMIS_URN)) ==
		       0 &&
	       (has_suffix(id->value, MUN_PREMIS_CARRIER) ||
		has_suffix(id->value, MUN_PREMIS_REPRESENTATION) ||
		has_suffix(id->value, MUN_PREMIS_ENVIRONMENT));
}

/* A person gives a handful: so each is compared with all before it. */
static int check_identifiers(const struct mun_premis_writer *w,
			     struct mun_err *e)
{
	const struct mun_record *r = w->r;

	for (size_t i = 0; i < r->nidentifiers; i++) {
		const struct mun_rec_identifier *id = &r->identifiers[i];

		if (is_blank(id->type) || is_blank(id->value))
			return mun_fail(e, MUN_EINVAL, "empty identifier");
		if (is_reserved(w, id))
			return mun_fail(e, MUN_EINVAL,
					"identifier %s=%s is in use", id->type,
					id->value);
		for (size_t k = 0; k < i; k++)
			if (strcmp(r->identifiers[k].type, id->type) == 0 &&
			    strcmp(r->identifiers[k].value, id->value) == 0)
				return mun_fail(e, MUN_EINVAL,
						"identifier %s=%s twice",
						id->type, id->value);
	}
	return 0;
}

static int check_whole(const struct mun_record *r, struct mun_err *e)
{
	int rc = check_word("source kind", r->source_kind, "file", "device", e);

	if (!rc)
		rc = check_word("outcome", r->outcome, "complete", "partial",
				e);
	if (!rc && *r->created)
		rc = check_time("time of accession", r->created, e);
	if (!rc)
		rc = check_digests("decoded bytes", &r->content, e);
	if (!rc && r->nunreadable && !mun_record_master(r))
		rc = mun_fail(e, MUN_EINVAL,
			      "unreadable ranges, but no master file");
	return rc;
}

/* Sorted lists of the ids of files (and the record's own) and agents. */
static int list_ids(struct mun_premis_writer *w, struct mun_premis_id *events,
		    struct mun_err *e)
{
	const struct mun_record *r = w->r;
	int rc;

	for (size_t i = 0; i < r->nfiles; i++)
		w->files[i] = (struct mun_premis_id){ r->files[i].id, i };
	w->files[r->nfiles] = (struct mun_premis_id){ r->id, SIZE_MAX };
	for (size_t i = 0; i < r->nagents; i++)
		w->agents[i] = (struct mun_premis_id){ r->agents[i].id, i };
	for (size_t i = 0; i < r->nevents; i++)
		events[i] = (struct mun_premis_id){ r->events[i].id, i };
	rc = check_ids("the object and its files", w->files, r->nfiles + 1, e);
	if (!rc)
		rc = check_ids("the agents", w->agents, r->nagents, e);
	if (!rc)
		rc = check_ids("the events", events, r->nevents, e);
	return rc;
}

int mun_premis_check_record(struct mun_premis_writer *w, struct mun_err *e)
{
	mun_autofree struct mun_premis_id *events = NULL;
	const struct mun_record *r = w->r;
	int rc;

	w->files = calloc(r->nfiles + 1, sizeof(*w->files));
	w->agents = calloc(r->nagents + 1, sizeof(*w->agents));
	events = calloc(r->nevents + 1, sizeof(*events));
	if (!w->files || !w->agents || !events)
		return mun_fail_nomem(e, "ids of a record");
	rc = list_ids(w, events, e);
	if (!rc)
		rc = check_whole(r, e);
	if (!rc)
		rc = check_identifiers(w, e);
	if (!rc)
		rc = check_properties(r, e);
	if (!rc)
		rc = check_files(r, e);
	for (size_t i = 0; i < r->nagents && !rc; i++)
		rc = check_term("agent type", "agentType", r->agents[i].type,
				e);
	for (size_t i = 0; i < r->nevents && !rc; i++)
		rc = check_event(w, &r->events[i], e);
	return rc ? rc : mun_premis_check_rights(w, e);
}
