/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy.c - the table of sectors that a floppy image carries */
#include "image/floppy.h"

#include <stdlib.h>

void mun_floppy_free(struct mun_floppy *f)
{
	if (!f)
		return;
	free(f->tracks);
	free(f->sectors);
	free(f->data);
	free(f->tags);
	free(f->comment);
	free(f->order);
	free(f);
}
