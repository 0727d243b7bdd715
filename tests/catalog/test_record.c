/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_record.c - lists of a record, and what is in a fresh one */
#include "catalog/record.h"

#include <stdio.h>

#include "tests/support/support.h"

static struct mun_record *fresh(void)
{
	struct mun_record *r = NULL;
	struct mun_err e;

	assert_int_equal(mun_record_new(&r, &e), 0);
	return r;
}

static void every_text_of_a_fresh_record_is_empty_not_null(void **state)
{
	struct mun_record *r = fresh();
	const char *const texts[] = {
		r->id,          r->created, r->label,        r->collection,
		r->note,        r->source,  r->media_type,   r->write_blocker,
		r->format,      r->variant, r->volume_label, r->outcome,
		r->source_kind,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(texts[i], "");
	assert_int_equal(r->nfiles + r->nagents + r->nevents, 0);
	assert_int_equal(r->nidentifiers + r->nunreadable, 0);
	assert_int_equal(r->content.of[MUN_SHA256].len, 0);
	mun_record_free(r);
}

static void every_text_of_a_fresh_entry_is_empty_not_null(void **state)
{
	struct mun_record *r = fresh();
	const struct mun_rec_file *f = mun_record_add_file(r);
	const struct mun_rec_agent *a = mun_record_add_agent(r);
	const struct mun_rec_event *v = mun_record_add_event(r);
	const struct mun_rec_identifier *i = mun_record_add_identifier(r);
	const struct mun_rec_rights *x = mun_record_add_rights(r);
	const char *const texts[] = {
		f->id,    f->path,   f->role,         f->format,
		f->puid,  f->mime,   f->format_note,  f->original_name,
		a->id,    a->type,   a->name,         a->version,
		a->note,  v->id,     v->type,         v->started,
		v->ended, v->detail, v->outcome,      v->note,
		i->type,  i->value,  x->id,           x->recorded,
		x->agent, x->basis,  x->act,          x->text,
		x->from,  x->until,  x->jurisdiction, x->citation,
		x->note,  x->ended,  x->ended_by,     x->why,
		x->later,
	};

	(void)state;
	for (size_t n = 0; n < sizeof(texts) / sizeof(*texts); n++)
		assert_string_equal(texts[n], "");
	assert_int_equal(f->bytes + f->tree.bytes + v->nagents, 0);
	assert_null(f->tree.pieces);
	mun_record_free(r);
}

static void lists_keep_what_was_added_in_its_order(void **state)
{
	struct mun_record *r = fresh();

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct mun_rec_file *f = mun_record_add_file(r);

		assert_non_null(f);
		f->path = mun_arena_fmt(r->arena, "f%u", (unsigned int)i);
		f->bytes = i;
		assert_non_null(mun_record_add_event(r));
	}
	assert_int_equal(r->nfiles, 1000);
	assert_int_equal(r->nevents, 1000);
	for (uint64_t i = 0; i < 1000; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "f%u", (unsigned int)i);
		assert_string_equal(r->files[i].path, name);
		assert_int_equal(r->files[i].bytes, i);
	}
	mun_record_free(r);
}

static void links_are_copies_and_a_missing_role_is_empty(void **state)
{
	struct mun_record *r = fresh();
	struct mun_rec_event *ev = mun_record_add_event(r);
	char id[] = "carrier";

	(void)state;
	mun_event_link_object(r, ev, id, "source");
	mun_event_link_agent(r, ev, id, NULL);
	memset(id, 'x', sizeof(id) - 1);
	assert_int_equal(ev->nobjects, 1);
	assert_int_equal(ev->nagents, 1);
	assert_string_equal(ev->objects[0].id, MUN_LINK_CARRIER);
	assert_string_equal(ev->objects[0].role, "source");
	assert_string_equal(ev->agents[0].role, "");
	mun_record_free(r);
}

static void a_file_is_found_by_path_and_the_master_by_role(void **state)
{
	struct mun_record *r = fresh();
	struct mun_rec_file *f = mun_record_add_file(r);

	(void)state;
	f->path = "image/disk.map";
	f->role = MUN_ROLE_READMAP;
	assert_null(mun_record_master(r));
	f = mun_record_add_file(r);
	f->path = "image/disk.img";
	f->role = MUN_ROLE_MASTER;
	assert_ptr_equal(mun_record_master(r), f);
	assert_ptr_equal(mun_record_file(r, "image/disk.map"), &r->files[0]);
	assert_null(mun_record_file(r, "image/disk"));
	mun_record_free(r);
	mun_record_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_text_of_a_fresh_record_is_empty_not_null),
		cmocka_unit_test(every_text_of_a_fresh_entry_is_empty_not_null),
		cmocka_unit_test(lists_keep_what_was_added_in_its_order),
		cmocka_unit_test(links_are_copies_and_a_missing_role_is_empty),
		cmocka_unit_test(
			a_file_is_found_by_path_and_the_master_by_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
