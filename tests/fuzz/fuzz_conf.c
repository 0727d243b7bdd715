/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_conf.c - any bytes as muniment.conf, and a change of it */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/conf.h"
#include "core/conf_text.h"

/* A file without a folder; NULL where it does not load. */
static struct mun_conf *load(const void *data, size_t size)
{
	struct mun_conf *c = NULL;
	struct mun_err e;
	char path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mun_conf_load(path, &c, &e))
		c = NULL;
	(void)close(fd);
	return c;
}

/* What the sections say, one after the other, is the same; but for @key of
 * [repository], which is @value. */
static void compare(const struct mun_conf *was, const struct mun_conf *is,
		    const struct mun_conf_key *key, const char *value)
{
	const struct mun_conf_section *s;

	for (size_t i = 0; (s = mun_conf_sections(was, i)); i++) {
		for (const struct mun_conf_key *k = mun_conf_keys; k->name;
		     k++) {
			const char *want =
				mun_conf_get_in(was, s->title, k->name);
			const char *have =
				mun_conf_get_in(is, s->title, k->name);

			if (k == key && s->kind == MUN_CONF_REPOSITORY)
				want = value;
			if (!want != !have || (want && strcmp(want, have) != 0))
				abort();
		}
	}
}

/* One key changed: it is what was asked for, and no other is another. */
static void change(const struct mun_conf *was, const char *old, size_t key)
{
	const struct mun_conf_key *k = &mun_conf_keys[key];
	struct mun_conf *is;
	const char *value = k->fallback;
	struct mun_err e;
	char *text;

	if (!k->check("7", &e))
		value = "7";
	if (mun_conf_text_set(old, "repository", k->name, value, &text, &e))
		abort();
	is = load(text, strlen(text));
	/* A line can become too long; then mun_conf_set() refuses it. */
	if (is)
		compare(was, is, k, value);
	mun_conf_free(is);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_conf *c = load(data, size);
	char *text = malloc(size + 1);

	if (text) {
		memcpy(text, data, size);
		text[size] = '\0';
	}
	for (size_t i = 0; c && text && mun_conf_keys[i].name; i++)
		change(c, text, i);
	mun_conf_free(c);
	free(text);
	return 0;
}
