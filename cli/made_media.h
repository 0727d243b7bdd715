/* SPDX-License-Identifier: Apache-2.0 */
/* cli/made_media.h - an image of a folder, by make-media and by convert */
#ifndef MUN_CLI_MADE_MEDIA_H
#define MUN_CLI_MADE_MEDIA_H

#include "cli/cli.h"
#include "emulate-export/make_media.h"

/* The time of the volume: RFC 3339, a day alone, or NULL: then that of
 * $SOURCE_DATE_EPOCH where it is set.  0 or MUN_EINVAL. */
MUN_CHECK int mun_made_date(const char *text, struct mun_make *m,
			    struct mun_err *e);

/* "lost[]" of both commands. */
void mun_made_lost(struct mun_jsonw *w, const struct mun_make *m);

/* What was lost, or would be. */
void mun_made_lost_text(const struct mun_make *m);

/* 1 where something would be lost and nobody accepted it. */
int mun_made_status(const struct mun_make *m);

/* Is @path a folder, so that convert makes an image of it? */
bool mun_made_is_folder(const char *path);

/* muniment convert DIR OUT: an exit status. */
int mun_made_convert(struct mun_cli *c);

/* muniment export --for raw DIR: a disc of it in --output; an exit status. */
int mun_made_export(struct mun_cli *c);

#endif
