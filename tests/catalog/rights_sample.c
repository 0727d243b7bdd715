/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/rights_sample.c - a catalog with three objects, to restrict */
#include "tests/catalog/rights_sample.h"

#include "core/clock.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/support/support.h"

char *dir;
char *path;
struct mun_catalog *c;
struct mun_err e;

void ok(int rc)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
}

int64_t at(const char *text)
{
	int64_t ms;

	ok(mun_time_parse(text, &ms, &e));
	return ms;
}

int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	sample_clock = at("2026-12-01T00:00:00Z");
	mun_now_ms = sample_now;
	c = catalog_sample_new(dir);
	for (unsigned int n = 1; n <= 3; n++)
		catalog_sample_put(c, n);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	mun_now_ms = mun_clock_real_ms;
	mun_catalog_close(c);
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

void add(unsigned int n, const struct mun_rec_rights *x,
	 char id[static MUN_UUID_LEN])
{
	ok(mun_rights_add(c, catalog_sample_id(n, 0), x, NULL, NULL, id, &e));
}

struct mun_record *get(unsigned int n)
{
	struct mun_record *r;

	ok(mun_catalog_get(c, catalog_sample_id(n, 0), false, &r, &e));
	return r;
}
