/* SPDX-License-Identifier: Apache-2.0 */
/* core/check.h - arithmetic that says when it overflows (C23 names) */
#ifndef MUN_CORE_CHECK_H
#define MUN_CORE_CHECK_H

#if defined(__has_include) && __has_include(<stdckdint.h>)
#include <stdckdint.h>
#else
#define ckd_add(r, a, b) __builtin_add_overflow((a), (b), (r))
#define ckd_sub(r, a, b) __builtin_sub_overflow((a), (b), (r))
#define ckd_mul(r, a, b) __builtin_mul_overflow((a), (b), (r))
#endif

#define MUN_MIN(a, b) ((a) < (b) ? (a) : (b))
#define MUN_MAX(a, b) ((a) > (b) ? (a) : (b))
#define MUN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
