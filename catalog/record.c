/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/record.c - a record as it is built: lists that grow in its arena */
#include "catalog/record.h"

#include <string.h>

int mun_record_new(struct mun_record **out, struct mun_err *e)
{
	mun_auto(arena) *a = NULL;
	struct mun_record *r;
	int rc = mun_arena_new(&a, e);

	if (rc)
		return rc;
	r = mun_arena_alloc(a, sizeof(*r));
	if (!r)
		return mun_fail_nomem(e, "record");
	*r = (struct mun_record){
		.id = "",
		.created = "",
		.version = 1,
		.label = "",
		.collection = "",
		.note = "",
		.source = "",
		.source_kind = "",
		.media_type = "",
		.write_blocker = "",
		.format = "",
		.variant = "",
		.volume_label = "",
		.outcome = "",
	};
	r->arena = mun_steal(&a);
	*out = r;
	return 0;
}

void mun_record_free(struct mun_record *r)
{
	/* The record itself lies in its arena. */
	if (r)
		mun_arena_free(r->arena);
}

struct mun_rec_file *mun_record_add_file(struct mun_record *r)
{
	struct mun_rec_file *l =
		mun_arena_grow(r->arena, r->files, r->nfiles, sizeof(*l));

	if (!l)
		return NULL;
	/* Counted only now: the list is whole also when memory runs out. */
	r->files = l;
	l += r->nfiles++;
	*l = (struct mun_rec_file){
		.id = "",
		.path = "",
		.role = "",
		.format = "",
		.puid = "",
		.mime = "",
		.format_note = "",
		.original_name = "",
	};
	return l;
}

struct mun_rec_agent *mun_record_add_agent(struct mun_record *r)
{
	struct mun_rec_agent *l =
		mun_arena_grow(r->arena, r->agents, r->nagents, sizeof(*l));

	if (!l)
		return NULL;
	r->agents = l;
	l += r->nagents++;
	*l = (struct mun_rec_agent){
		.id = "",
		.type = "",
		.name = "",
		.version = "",
		.note = "",
	};
	return l;
}

struct mun_rec_event *mun_record_add_event(struct mun_record *r)
{
	struct mun_rec_event *l =
		mun_arena_grow(r->arena, r->events, r->nevents, sizeof(*l));

	if (!l)
		return NULL;
	r->events = l;
	l += r->nevents++;
	*l = (struct mun_rec_event){
		.id = "",
		.type = "",
		.started = "",
		.ended = "",
		.detail = "",
		.outcome = "",
		.note = "",
	};
	return l;
}

struct mun_rec_property *mun_record_add_property(struct mun_record *r)
{
	struct mun_rec_property *l = mun_arena_grow(r->arena, r->properties,
						    r->nproperties, sizeof(*l));

	if (!l)
		return NULL;
	r->properties = l;
	l += r->nproperties++;
	*l = (struct mun_rec_property){ .name = "", .value = "" };
	return l;
}

const char *mun_record_property(const struct mun_record *r, const char *name)
{
	for (size_t i = 0; i < r->nproperties; i++)
		if (strcmp(r->properties[i].name, name) == 0)
			return r->properties[i].value;
	return NULL;
}

struct mun_rec_identifier *mun_record_add_identifier(struct mun_record *r)
{
	struct mun_rec_identifier *l = mun_arena_grow(
		r->arena, r->identifiers, r->nidentifiers, sizeof(*l));

	if (!l)
		return NULL;
	r->identifiers = l;
	l += r->nidentifiers++;
	*l = (struct mun_rec_identifier){
		.type = "",
		.value = "",
	};
	return l;
}

/* A link into one of an event's two lists. */
static void add_link(struct mun_record *r, struct mun_rec_link **list,
		     size_t *n, const char *id, const char *role)
{
	struct mun_rec_link *l =
		mun_arena_grow(r->arena, *list, *n, sizeof(**list));

	if (!l)
		return;
	*list = l;
	l[*n].id = mun_arena_strdup(r->arena, id);
	l[*n].role = mun_arena_strdup(r->arena, role ? role : "");
	(*n)++;
}

void mun_event_link_agent(struct mun_record *r, struct mun_rec_event *ev,
			  const char *id, const char *role)
{
	add_link(r, &ev->agents, &ev->nagents, id, role);
}

void mun_event_link_object(struct mun_record *r, struct mun_rec_event *ev,
			   const char *id, const char *role)
{
	add_link(r, &ev->objects, &ev->nobjects, id, role);
}

struct mun_rec_file *mun_record_file(const struct mun_record *r,
				     const char *path)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].path, path))
			return &r->files[i];
	return NULL;
}

struct mun_rec_file *mun_record_master(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].role, MUN_ROLE_MASTER))
			return &r->files[i];
	return NULL;
}

bool mun_rec_file_is_current(const struct mun_rec_file *f)
{
	return strcmp(f->role, MUN_ROLE_SUPERSEDED) != 0;
}

bool mun_record_is_damaged(const struct mun_record *r)
{
	const size_t head = strlen(MUN_PROPERTY_CHECK);

	if (mun_record_property(r, MUN_PROPERTY_BROKEN) ||
	    mun_record_property(r, MUN_PROPERTY_FAILED) ||
	    mun_record_property(r, MUN_PROPERTY_DOUBTFUL))
		return true;
	for (size_t i = 0; i < r->nproperties; i++)
		if (!strncmp(r->properties[i].name, MUN_PROPERTY_CHECK, head) &&
		    !strncmp(r->properties[i].value, "bad", 3))
			return true;
	return false;
}
