/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/optical_toc.h - tables of contents as drives give them, taken apart
 *
 * For medium/optical*.c only.  Replies are foreign data: every one either gives
 * a disc that can be, or MUN_ECORRUPT.
 */
#ifndef MUN_MEDIUM_OPTICAL_TOC_H
#define MUN_MEDIUM_OPTICAL_TOC_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/optical.h"

/* More than 99:59:74, what a table of contents can tell. */
#define MUN_OPTICAL_LBA_MAX 450000

/**
 * mun_optical_take_full() - READ TOC, format 2: sessions, tracks, lead-outs
 *
 * MMC-6, 6.25.3.4.  Header of 4 bytes (length, first and last session), then 11
 * bytes each: session, ADR and control, TNO, POINT, MIN, SEC, FRAME, ZERO,
 * PMIN, PSEC, PFRAME.
 * Fills sessions, leadout, ntracks, tracks (mode by control only) and
 * disc_type.
 * Return: 0 or MUN_ECORRUPT.
 */
MUN_CHECK int mun_optical_take_full(struct mun_optical *o, const uint8_t *reply,
				    size_t len, struct mun_err *e);

/**
 * mun_optical_take_plain() - READ TOC, formats 0 and 1: one or two sessions
 * @toc:      format 0 with LBAs: header, then 8 bytes each: -, ADR and control,
 *            track (AAh: lead-out), -, LBA
 * @sessions: format 1: first and last session, then the first track of the
 *            last one; NULL: taken for one session
 *
 * Where the first of two sessions ends is not told; as every lead-out and
 * lead-in before the second takes 11,400 sectors, it can be computed.  Of more
 * sessions than two it cannot.
 * Return: 0; MUN_ECORRUPT; MUN_EUNSUPPORTED (more than two sessions).
 */
MUN_CHECK int mun_optical_take_plain(struct mun_optical *o, const uint8_t *toc,
				     size_t len, const uint8_t *sessions,
				     size_t sessions_len, struct mun_err *e);

/* Add to @o->note; joined by "; ", cut where it is full. */
void mun_optical_note(struct mun_optical *o, const char *fmt, ...)
	MUN_PRINTF(2, 3);

#endif
