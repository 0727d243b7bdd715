/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/made.h - a folder to make images of, and its images */
#ifndef MUN_TESTS_EMULATE_EXPORT_MADE_H
#define MUN_TESTS_EMULATE_EXPORT_MADE_H

#include "emulate-export/make_media.h"

/* The scratch folder, "in" and "out" in it. */
extern char *made_dir;
extern char *made_in;
extern char *made_out;

int made_setup(void **state);
int made_teardown(void **state);

/* A file of @len bytes in "in", all folders before it made; its time fixed. */
void made_file(const char *name, size_t len);

/* An image "out/NAME" of "in"; @m says how, its dir and path are set. */
int made_run(struct mun_make *m, const char *name, struct mun_err *e);

/* ... which must succeed; what it holds: free(). */
char *made_image(struct mun_make *m, const char *name, size_t *len);

/* The text of an error holds @want. */
void made_says(const struct mun_err *e, const char *want);

/* "out" is empty. */
void made_nothing(void);

#endif
