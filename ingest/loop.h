/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/loop.h - one drive, many media: wait, name, take in, put out, again
 *
 * Which medium it is, is said by the next row of a CSV file, a barcode that
 * somebody types or scans, or a number; a robot may change the media.
 */
#ifndef MUN_INGEST_LOOP_H
#define MUN_INGEST_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "ingest/batch.h"

/* What a person at the drive is told. */
enum mun_loop_word {
	MUN_LOOP_INSERT, /* put in this medium: row, or a label */
	MUN_LOOP_REMOVE, /* take out what is in the drive */
	MUN_LOOP_AGAIN, /* that is the medium of before: it waits for another */
	MUN_LOOP_BARCODE, /* a barcode that is in no row, or was done */
};

struct mun_loop {
	/* With a journal: its rows are the media.  Without: an empty plan, in
	 * which a row is made for each. */
	struct mun_batch *batch;
	const char *device;
	const struct mun_ingest_request *base; /* what all made rows have */
	bool rows; /* the media are rows of a CSV file */
	bool barcode; /* each medium has one, which is asked for */
	const char *pattern; /* "box12-###": labels; or NULL */
	const char *numbers; /* folder in which taken numbers are kept */
	size_t count; /* end after so many; 0: no end */
	bool keep_in; /* do not eject */
	const char *load_command; /* or NULL: a person does it */
	const char *unload_command;
	unsigned int command_ms; /* how long they may take */
	unsigned int ready_ms; /* from a load to a medium in the drive */
	unsigned int poll_ms;
	/* The next barcode: 1, or 0 at the end of the input.  @out is the
	 * caller's. */
	int (*read_barcode)(void *ctx, char **out, struct mun_err *e);
	void (*tell)(void *ctx, enum mun_loop_word word, size_t line,
		     const char *text);
	void *ctx;
	/* Made */
	size_t media; /* that were dealt with */
	const char *ended; /* "count", "rows", "empty", "barcodes",
			    * "interrupted" */
};

/**
 * mun_loop_run() - medium after medium, until one of the ends above
 *
 * A medium that fails or is held does not end it.  @l->batch has begun.
 * Return: 0; MUN_ECANCELLED while a medium was read (its session stays);
 * MUN_EIO where a command of the robot failed or gave no medium; else as
 * mun_batch_do() and mun_device_poll().
 */
MUN_CHECK int mun_loop_run(struct mun_loop *l, struct mun_err *e);

/**
 * mun_loop_label() - the next label of @pattern: its '#' are a number
 * @dir: folder that keeps how far it has counted, for all processes
 *
 * A number is given once, also when several drives count at once; labels that
 * objects have already are passed over.
 * Return: 0; MUN_EINVAL (no '#', or all numbers are used); MUN_EIO,
 * MUN_ENOMEM, MUN_ECANCELLED.  *@out is the caller's.
 */
MUN_CHECK int mun_loop_label(struct mun_catalog *c, const char *dir,
			     const char *pattern, char **out,
			     struct mun_err *e);

/* One run of '#', at most nine of them?  0 or MUN_EINVAL. */
MUN_CHECK int mun_loop_pattern_check(const char *pattern, struct mun_err *e);

#endif
