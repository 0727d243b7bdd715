/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/writer.h - an image written in another format
 *
 * A const struct mun_writer per format, in fmt_NAME_write.c; the table is
 * writers.c.  The same image and options give the same bytes: UUIDs are derived
 * from the content (mun_chunks.identity), dates are given or fixed.
 */
#ifndef MUN_IMAGE_WRITER_H
#define MUN_IMAGE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "image/image.h"
#include "image/loss.h"
#include "image/output.h"

/* "-o key=value", already known to be among the writer's keys. */
struct mun_write_option {
	const char *key;
	const char *value;
};

struct mun_write_options {
	struct mun_write_option *list; /* borrowed */
	size_t n;
};

/* The value of @key, or @otherwise. */
const char *mun_write_option(const struct mun_write_options *o, const char *key,
			     const char *otherwise);

/* A number, with a suffix K, M or G (powers of 1024), in [@min, @max]; or
 * @otherwise where it was not given.  0 or MUN_EINVAL. */
MUN_CHECK int mun_write_number(const struct mun_write_options *o,
			       const char *key, uint64_t otherwise,
			       uint64_t min, uint64_t max, uint64_t *out,
			       struct mun_err *e);

/* Which of @choices ("none|zlib|zstd") was given: its number; the first where
 * none was.  0 or MUN_EINVAL. */
MUN_CHECK int mun_write_choice(const struct mun_write_options *o,
			       const char *key, const char *choices,
			       unsigned int *out, struct mun_err *e);

/* Are all keys those of @w?  0 or MUN_EINVAL, which names those it has. */
struct mun_writer;
MUN_CHECK int mun_write_known(const struct mun_writer *w,
			      const struct mun_write_options *o,
			      struct mun_err *e);

struct mun_write {
	struct mun_image *img; /* what to write; borrowed */
	const struct mun_write_options *options;
	struct mun_output *out; /* files to make; finished by the caller */
	unsigned int threads; /* 0: as many as there are processors */
	const struct mun_progress_to *progress;
};

struct mun_writer {
	const char *name; /* "qcow2"; of a reader too where there is one */
	const char *title;
	const char *suffixes; /* the first is the usual one: "qcow2 qcow" */
	const char *keys; /* of options, space-separated: "compression" */
	const char *help; /* "compression=none|zlib|zstd" */
	/* Its files have no mark: what they hold says who reads them, be it
	 * another format (an "iso" of a disc that has HFS alone). */
	bool unmarked;
	/* Can it hold @img, with what losses?  Writes nothing, checks the
	 * options, and adds to @loss.  MUN_EUNSUPPORTED says why it cannot at
	 * all; MUN_EINVAL for options. */
	int (*plan)(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e);
	/* As planned.  0 or an error; the caller finishes or drops the files. */
	int (*write)(const struct mun_write *w, struct mun_err *e);
};

/* Ends with NULL. */
extern const struct mun_writer *const mun_writers[];

/**
 * mun_writer_for() - the writer called @name; or for the suffix of @path
 * @name: NULL: by @path
 * @path: not looked at where there is a @name, and may be NULL then
 *
 * Return: 0; MUN_EINVAL: the text names those that there are.
 */
MUN_CHECK int mun_writer_for(const char *name, const char *path,
			     const struct mun_writer **out, struct mun_err *e);

struct mun_convert {
	struct mun_image *img;
	const struct mun_writer *writer;
	struct mun_write_options options;
	const char *path; /* of the main file that is made */
	bool accept_loss;
	unsigned int threads;
	const struct mun_progress_to *progress;
	struct mun_loss loss; /* out; the caller's: mun_loss_clear() */
	bool refused; /* out: something would be lost, nothing was written */
};

/**
 * mun_convert_run() - plan, write, read back the head, finish
 *
 * Return: 0, also when it was refused for its losses (@refused); else as the
 * writer's calls; then no file has been made.
 */
MUN_CHECK int mun_convert_run(struct mun_convert *c, struct mun_err *e);

#endif
