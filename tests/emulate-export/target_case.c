/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/target_case.c - sets of media in a few words */
#include "tests/emulate-export/target_case.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_text(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text ? text : "");
}

static void fill(struct mun_case *c, size_t i, const struct mun_case_item *from)
{
	struct mun_image_facts *f = &c->facts[i];
	struct mun_contents *contents = &c->contents[i];
	struct mun_verdict *v = &c->verdicts[i];

	assert_int_equal(mun_record_new(&c->records[i], &c->err), 0);
	c->records[i]->media_type = from->media_type ? from->media_type : "";
	c->records[i]->label = from->label ? from->label : "";
	set_text(f->format, sizeof(f->format),
		 from->format ? from->format : "raw");
	set_text(f->volume_label, sizeof(f->volume_label), from->label);
	set_text(f->preserved_only, sizeof(f->preserved_only),
		 from->kept ? "nothing here decodes it" : NULL);
	f->medium = from->medium;
	f->bytes = from->bytes;
	f->sector_bytes = from->sector_bytes;
	f->geometry = from->geometry;
	f->tracks = from->tracks;
	set_text(contents->table, sizeof(contents->table), from->table);
	contents->boots = from->boots;
	if (from->fs) {
		struct mun_contents_volume *w = &contents->volumes[0];

		contents->nvolumes = 1;
		set_text(w->fs, sizeof(w->fs), from->fs);
		set_text(w->title, sizeof(w->title), from->fs);
		set_text(w->label, sizeof(w->label), from->label);
		if (from->mark) {
			w->nmarks = 1;
			set_text(w->marks[0].word, sizeof(w->marks[0].word),
				 from->mark);
		}
	}
	v->platform = from->platform;
	v->boots = from->boots;
	c->items[i] = (struct mun_target_item){
		.record = c->records[i],
		.facts = f,
		.contents = contents,
		.verdict = v,
		.medium = mun_target_medium_of(c->records[i], f, contents),
	};
}

struct mun_case *mun_case_new(const struct mun_case_item *items, size_t n)
{
	struct mun_case *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	assert_true(n <= MUN_CASE_ITEMS);
	for (size_t i = 0; i < n; i++) {
		fill(c, i, &items[i]);
		if (c->set.platform == MUN_PLATFORM_UNKNOWN)
			c->set.platform = items[i].platform;
	}
	c->set.n = n;
	c->set.items = c->items;
	return c;
}

void mun_case_free(struct mun_case *c)
{
	mun_kit_clear(&c->kit);
	for (size_t i = 0; i < c->set.n; i++)
		mun_record_free(c->records[i]);
	free(c);
}

/* As the packager does; a writer's usual suffix where none is told. */
static void name_file(struct mun_plan_medium *m)
{
	char format[sizeof(m->format)];
	char stem[sizeof(m->stem)];
	char suffix[sizeof(m->format)];

	(void)snprintf(format, sizeof(format), "%.*s",
		       (int)strcspn(m->formats, " "), m->formats);
	(void)snprintf(stem, sizeof(stem), "%s", m->stem);
	(void)snprintf(suffix, sizeof(suffix), "%s",
		       strcmp(format, "raw") != 0 ? format : "img");
	if (*m->suffix)
		(void)snprintf(suffix, sizeof(suffix), "%s", m->suffix);
	(void)snprintf(m->format, sizeof(m->format), "%s", format);
	(void)snprintf(m->name, sizeof(m->name), "%s.%s", stem, suffix);
	if (m->overlay)
		(void)snprintf(m->overlay_name, sizeof(m->overlay_name),
			       "%s.qcow2", stem);
}

int mun_case_make(struct mun_case *c, const struct mun_target *t)
{
	int rc = t->plan(&c->set, &c->plan, &c->err);

	mun_kit_clear(&c->kit);
	if (rc)
		return rc;
	for (size_t i = 0; i < c->plan.n; i++) {
		name_file(&c->plan.media[i]);
		c->plan.media[i].bytes = c->facts[i].bytes;
	}
	if (t->kit)
		assert_int_equal(t->kit(&c->set, &c->plan, &c->kit, &c->err),
				 0);
	return 0;
}

const char *mun_case_text(const struct mun_case *c, const char *path)
{
	for (size_t i = 0; i < c->kit.n; i++) {
		if (!strcmp(c->kit.files[i].path, path))
			return c->kit.files[i].text.text;
	}
	fail_msg("no '%s' in the kit", path);
	return NULL;
}

/* All folders of @path, which is below @dir. */
static void make_folders(const char *dir, const char *path)
{
	for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
		char folder[128];
		char *full;

		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(at - path),
			       path);
		full = mun_test_path(dir, folder);
		(void)mkdir(full, 0755);
		free(full);
	}
}

static void put(const char *dir, const char *path, const void *data, size_t len,
		mode_t mode)
{
	char *full = mun_test_path(dir, path);

	make_folders(dir, path);
	mun_test_write(full, data, len);
	assert_int_equal(chmod(full, mode), 0);
	free(full);
}

void mun_case_write(const struct mun_case *c, const char *dir)
{
	char path[160];

	for (size_t i = 0; i < c->kit.n; i++) {
		const struct mun_kit_file *f = &c->kit.files[i];

		(void)snprintf(path, sizeof(path), "data/%s", f->path);
		put(dir, path, f->text.text, f->text.len, f->mode);
	}
	for (size_t i = 0; i < c->plan.n; i++) {
		const struct mun_plan_medium *m = &c->plan.media[i];

		(void)snprintf(path, sizeof(path), "data/media/%s", m->name);
		put(dir, path, m->stem, strlen(m->stem), 0444);
		if (!*m->overlay_name)
			continue;
		(void)snprintf(path, sizeof(path), "data/media/%s",
			       m->overlay_name);
		put(dir, path, "", 0, 0444);
	}
}

int mun_case_run(const char *dir, const char *path, const char *argument)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char *said = mun_test_path(dir, "said");
		char *run = mun_test_path(dir, "data/run");

		if (!freopen(said, "w", stdout) || dup2(1, 2) < 0 ||
		    setenv("PATH", path, 1) || chdir("/"))
			_exit(99);
		execl("/bin/sh", "sh", run, argument, (char *)NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}
