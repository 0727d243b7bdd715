/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/torrent_limits.h - what the writer refuses, as the reader would */
#ifndef MUN_FIXITY_TORRENT_LIMITS_H
#define MUN_FIXITY_TORRENT_LIMITS_H

#include "fixity/bencode.h"

#define MUN_TORRENT_NAME_MAX 255u /* bytes of one component, as file systems */
#define MUN_TORRENT_PATH_MAX 4095u

/* Around a path there are the metainfo, "info" and "file tree"; each component
 * opens one dictionary, and the last has one more in it. */
#define MUN_TORRENT_PARTS_MAX (MUN_BENCODE_DEPTH - 4u)

#endif
