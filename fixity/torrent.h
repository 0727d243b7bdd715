/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/torrent.h - the hash trees of an object's files as a v2 .torrent
 *
 * A BEP 52 metainfo file is the standard, documented form of exactly what we
 * keep: paths, lengths, roots and piece layers.  Any BitTorrent v2 program
 * verifies an object's content folder with it and without us.  No trackers, no
 * v1 part; piece length 1 MiB.
 */
#ifndef MUN_FIXITY_TORRENT_H
#define MUN_FIXITY_TORRENT_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "fixity/tree.h"

struct mun_torrent_file {
	const char *path; /* relative, '/' between components, safe */
	struct mun_tree tree; /* pieces needed when there are several */
};

/**
 * mun_torrent_write() - bencode the metainfo (BEP 52) into @out
 * @name:  of the torrent (the object's id)
 * @files: in any order; written sorted as bencode demands
 *
 * Deterministic: the same input gives the same bytes.
 * Return: 0, MUN_EINVAL for an unsafe or repeated path, MUN_ENOMEM.
 */
MUN_CHECK int mun_torrent_write(const char *name,
				const struct mun_torrent_file *files, size_t n,
				struct mun_str *out, struct mun_err *e);

struct mun_torrent {
	char *name;
	size_t nfiles;
	struct mun_torrent_file *files; /* paths and pieces are malloc'd */
};

/**
 * mun_torrent_read() - parse what mun_torrent_write() (or another v2 writer
 * with 1 MiB pieces) made; every layer is checked against its root
 *
 * Return: 0, MUN_ECORRUPT with the offset, MUN_EUNSUPPORTED for another piece
 * length, MUN_ENOMEM.  Depth, counts and lengths are bounded by @len.
 */
MUN_CHECK int mun_torrent_read(const void *data, size_t len,
			       struct mun_torrent *out, struct mun_err *e);
void mun_torrent_clear(struct mun_torrent *t);

#endif
