/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/documents.h - what the store keeps beside the images: records,
 * read maps, file listings, photographs of labels
 */
#ifndef MUN_EXPORT_DOCUMENTS_H
#define MUN_EXPORT_DOCUMENTS_H

#include "core/err.h"
#include "emulate-export/media_set.h"
#include "emulate-export/package.h"

/**
 * mun_documents_put() - of every object of the set, into the package
 *
 * data/metadata/premis.xml (the record as the catalog has it now), disk.map,
 * dfxml.xml where there is one, losses.txt where the format could not hold all;
 * in a folder for each object, named by its number in the set, where there are
 * several.  data/documentation/: what was attached; a name that is not plain
 * becomes "file-N.suffix".
 * Return: 0, MUN_EIO, MUN_ENOMEM, MUN_EINVAL.
 */
MUN_CHECK int mun_documents_put(const struct mun_media_set *s,
				const struct mun_store *store,
				struct mun_package *p, struct mun_err *e);

/* "" for one object, "3/" for the third of several: what follows
 * data/metadata/ and data/documentation/. */
void mun_documents_folder(const struct mun_media_set *s, size_t i,
			  char out[static 8]);

/* The name that an attached file has in the package: of file @f, which is the
 * @n-th (from 1) of its object. */
void mun_documents_name(const struct mun_rec_file *f, size_t n,
			char out[static 80]);

#endif
