/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/mutate.c - an image with one thing wrong at a time */
#include "tests/image/mutate.h"

#include "core/check.h"
#include "core/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define READ_MAX ((uint64_t)8 << 20)
#define EXTENTS_MAX 4096u
#define MEMORY_MAX ((rlim_t)256 << 20)
/* No mutation may hang; a loaded machine under a sanitizer is slow. */
#define SECONDS_MAX 60u

static char doing[256];

static void say_doing(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static void say_doing(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(doing, sizeof(doing), fmt, args);
	va_end(args);
}

static void want(bool ok, const char *promise)
{
	if (!ok)
		fail_msg("%s: %s", doing, promise);
}

static void want_text(const char *field, size_t size)
{
	want(strnlen(field, size) < size, "text ends within its field");
	want(mun_text_is_clean(field, ""), "text is clean");
}

static void want_error(const struct mun_err *e)
{
	want(e->code < 0 && e->depth > 0, "an error says something");
	want(e->code != MUN_ENOMEM, "memory stays within its bound");
}

static void walk(struct mun_image *img, enum mun_view view)
{
	uint64_t size = mun_image_size(img, view);
	uint64_t off = 0;

	for (unsigned int n = 0; off < size && n < EXTENTS_MAX; n++) {
		struct mun_extent x = { 0 };
		struct mun_err e;

		if (mun_image_next_extent(img, view, off, &x, &e)) {
			want_error(&e);
			return;
		}
		want(x.off == off, "an extent begins where it was asked for");
		want(x.bytes > 0 && x.bytes <= size - off,
		     "an extent lies inside the image");
		want((unsigned int)x.kind <= MUN_EXTENT_DOUBTFUL,
		     "an extent is of a kind");
		off += x.bytes;
	}
}

static void read_range(struct mun_image *img, enum mun_view view, uint64_t off,
		       uint64_t end)
{
	/* Odd on purpose: sectors and chunks are cut. */
	static uint8_t buf[65535];

	while (off < end) {
		size_t n = (size_t)MUN_MIN((uint64_t)sizeof(buf), end - off);
		struct mun_err e;

		if (mun_image_pread(img, view, buf, n, off, &e))
			want_error(&e);
		off += n;
	}
}

static void want_facts(const struct mun_image *img)
{
	want_text(img->variant, sizeof(img->variant));
	want_text(img->volume_label, sizeof(img->volume_label));
	want_text(img->puid, sizeof(img->puid));
	want_text(img->mime, sizeof(img->mime));
	want_text(img->note, sizeof(img->note));
	want_text(img->preserved_only, sizeof(img->preserved_only));
	want(img->sector_bytes > 0 && img->sector_bytes <= 65536,
	     "a sector has a size");
	want(img->ntracks > 0 && img->tracks, "there is a track");
	want(img->medium <= MUN_MEDIUM_DISK, "the medium is of a kind");
	want(img->bytes <= INT64_MAX && img->raw_bytes <= INT64_MAX &&
		     img->sub_bytes <= INT64_MAX,
	     "sizes fit a file");
	for (size_t i = 0; i < img->nfacts; i++) {
		want_text(img->facts[i].name, sizeof(img->facts[i].name));
		want_text(img->facts[i].value, sizeof(img->facts[i].value));
	}
}

void mutate_exercise(struct mun_image *img)
{
	struct mun_err e;

	want_facts(img);
	for (unsigned int v = 0; v < MUN_VIEWS; v++) {
		enum mun_view view = (enum mun_view)v;
		uint64_t size = mun_image_size(img, view);

		walk(img, view);
		read_range(img, view, 0, MUN_MIN(size, READ_MAX));
		if (size > READ_MAX)
			read_range(img, view, size - 4097, size);
	}
	/* A check reads all there is: of a disk that claims terabytes that
	 * takes its time, and is not what is asked here. */
	if (img->bytes <= READ_MAX && mun_image_verify(img, &e))
		want_error(&e);
	want_facts(img);
}

static void try_one(const struct mutate_set *s, const uint8_t *image,
		    size_t bytes)
{
	mun_auto(image) *img = NULL;
	mun_auto(source) *src = NULL;
	struct mun_image_request q = {
		.file_name = s->file_name ? s->file_name : "x.img",
		.format = s->format,
		.companions = s->companions,
		.parent = s->parent,
	};
	struct mun_err e;
	int rc = mun_source_from_memory(image, bytes, &src, &e);

	assert_int_equal(rc, 0);
	(void)alarm(SECONDS_MAX);
	for (size_t i = 0; mun_image_drivers[i]; i++)
		if (!strcmp(mun_image_drivers[i]->name, s->format))
			(void)mun_image_drivers[i]->bid(src, q.file_name);
	q.src = src;
	if (mun_image_open_with(&q, &img, &e)) {
		want(!img, "no image where there is an error");
		want_error(&e);
	} else {
		mutate_exercise(img);
	}
	(void)alarm(0);
}

/* An exact allocation, so that a sanitizer sees a byte too far. */
static void try_copy(const struct mutate_set *s, const uint8_t *image,
		     size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	assert_non_null(copy);
	memcpy(copy, image, bytes);
	try_one(s, copy, bytes);
	if (s->fix) {
		s->fix(copy, bytes);
		try_one(s, copy, bytes);
	}
	free(copy);
}

static uint64_t get(const uint8_t *p, const struct mutate_field *f)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < f->bytes; i++)
		v = v << 8 | p[f->off + (f->big ? i : f->bytes - 1 - i)];
	return v;
}

static void put(uint8_t *p, const struct mutate_field *f, uint64_t v)
{
	for (unsigned int i = 0; i < f->bytes; i++, v >>= 8)
		p[f->off + (f->big ? f->bytes - 1 - i : i)] = (uint8_t)v;
}

static void try_field(const struct mutate_set *s, const struct mutate_field *f,
		      uint8_t *image)
{
	uint64_t was = get(image, f);
	uint64_t max = UINT64_MAX >> (64 - 8 * f->bytes);
	const uint64_t values[] = {
		0,
		1,
		2,
		max,
		max - 1,
		max / 2,
		max / 2 + 1,
		f->off,
		f->off + 1,
		s->bytes,
		s->bytes - 1,
		s->bytes + 1,
		s->bytes / 2,
		was + 1,
		was - 1,
		was * 2,
		was / 2,
		was << 8,
		was ^ 0x80,
		(max >> 9) + 1,
		s->bytes / 512,
	};

	assert_true(f->off + f->bytes <= s->bytes);
	for (size_t i = 0; i < MUN_COUNT(values); i++) {
		say_doing("%s: %s = %llx", s->format, f->name,
			  (unsigned long long)(values[i] & max));
		put(image, f, values[i]);
		try_copy(s, image, s->bytes);
	}
	put(image, f, was);
}

static void try_cuts(const struct mutate_set *s)
{
	for (size_t i = 0; i < s->nbounds; i++) {
		for (size_t cut = s->bounds[i] ? s->bounds[i] - 1 : 0;
		     cut <= s->bounds[i] + 1 && cut < s->bytes; cut++) {
			say_doing("%s: cut to %zu bytes", s->format, cut);
			try_copy(s, s->image, cut);
		}
	}
	say_doing("%s: cut by one byte", s->format);
	try_copy(s, s->image, s->bytes - 1);
}

static void try_sweep(const struct mutate_set *s, uint8_t *image)
{
	for (size_t i = 0; i < s->sweep && i < s->bytes; i++) {
		const uint8_t was = image[i];
		const uint8_t values[] = { 0, 0xff, (uint8_t)~was };

		for (size_t v = 0; v < sizeof(values); v++) {
			say_doing("%s: byte %zu = %02x", s->format, i,
				  values[v]);
			image[i] = values[v];
			try_copy(s, image, s->bytes);
		}
		image[i] = was;
	}
}

#ifdef MUN_SANITIZED
static void bound_memory(struct rlimit *was)
{
	(void)getrlimit(RLIMIT_AS, was);
}
#else
static void bound_memory(struct rlimit *was)
{
	struct rlimit l;
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	(void)fclose(f);
	assert_int_equal(getrlimit(RLIMIT_AS, was), 0);
	l = *was;
	l.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MAX;
	assert_int_equal(setrlimit(RLIMIT_AS, &l), 0);
}
#endif

void mutate_all(const struct mutate_set *s)
{
	uint8_t *image = malloc(s->bytes);
	struct rlimit was;

	assert_non_null(image);
	memcpy(image, s->image, s->bytes);
	bound_memory(&was);
	say_doing("%s: as it was", s->format);
	try_copy(s, image, s->bytes);
	for (size_t i = 0; i < s->nfields; i++)
		try_field(s, &s->fields[i], image);
	try_cuts(s);
	try_sweep(s, image);
	assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
	free(image);
}
