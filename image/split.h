/* SPDX-License-Identifier: Apache-2.0 */
/* image/split.h - how the parts of a split image are called */
#ifndef MUN_IMAGE_SPLIT_H
#define MUN_IMAGE_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#define MUN_SPLIT_PARTS 1000u

/**
 * mun_split_name() - the name of part @n, counted from 0
 * @first: "disk.001", "disk.000" (any number of digits from 2), "disk.aa"
 *
 * Return: false where @first is no name of a first part, or the suffix has no
 * room for so many.
 */
bool mun_split_name(const char *first, uint64_t n, char out[256]);

#endif
