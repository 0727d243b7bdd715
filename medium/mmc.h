/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/mmc.h - commands to a drive of discs (MMC-6), for medium/optical*.c
 *
 * What a drive refuses or cannot read is an outcome, not an error.
 */
#ifndef MUN_MEDIUM_MMC_H
#define MUN_MEDIUM_MMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/transport.h"

enum mun_mmc_end {
	MUN_MMC_DONE,
	MUN_MMC_REFUSED, /* the drive does not know it, or not for this disc */
	MUN_MMC_WRONG_MODE, /* 5/64/00: the sector is of another kind */
	MUN_MMC_UNREADABLE, /* the medium */
	MUN_MMC_AWAY, /* not ready, the medium changed, or off the bus */
	MUN_MMC_FAILED, /* anything else: a time-out, the hardware, short data
			 */
};

struct mun_mmc {
	enum mun_mmc_end end;
	struct mun_sense sense; /* zeros where there is none */
	uint32_t got; /* bytes of data; of DONE */
	int sys; /* errno for the record, or 0 */
};

/**
 * mun_mmc_run() - one command, once
 * @cdb:  10 or 12 bytes, by its operation code (6 for TEST UNIT READY)
 * @data: what comes from the drive, or NULL
 *
 * Return: 0 and @out; MUN_EIO where the system did not take the command;
 * MUN_EINVAL (a command that is not on the list).
 */
MUN_CHECK int mun_mmc_run(struct mun_transport *t, const uint8_t *cdb,
			  void *data, uint32_t len, struct mun_mmc *out,
			  struct mun_err *e);

/* The same, again after a unit attention: for questions, not for reads. */
MUN_CHECK int mun_mmc_ask(struct mun_transport *t, const uint8_t *cdb,
			  void *data, uint32_t len, struct mun_mmc *out,
			  struct mun_err *e);

/**
 * mun_mmc_ready() - wait until there is a disc that can be read
 *
 * A drive that says that it is becoming ready is asked again for up to 30 s.
 * Return: 0; MUN_EINVAL (no disc, the tray is open, a disc that the drive
 * cannot read: says which); MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_mmc_ready(struct mun_transport *t, struct mun_err *e);

/**
 * mun_mmc_list() - READ TOC/PMA/ATIP, the whole reply
 * @format: 0 to 5
 * @out:    with its 4 bytes of header, the caller's; NULL where there is none
 * @len:    bytes, as many as both the header and the drive say
 */
MUN_CHECK int mun_mmc_list(struct mun_transport *t, uint8_t format,
			   uint8_t **out, size_t *len, struct mun_mmc *how,
			   struct mun_err *e);

/* The same of READ DISC STRUCTURE. @bd: the discs of that family. */
MUN_CHECK int mun_mmc_structure(struct mun_transport *t, bool bd,
				uint8_t format, uint8_t **out, size_t *len,
				struct mun_mmc *how, struct mun_err *e);

/* What kind of sector is expected, and what of each is wanted. */
enum mun_mmc_kind { MUN_MMC_ANY = 0, MUN_MMC_CDDA = 1 };
#define MUN_MMC_WHOLE 0xf8u /* sync, headers, user data, EDC and ECC */
#define MUN_MMC_NO_SUB 0u
#define MUN_MMC_SUB_Q 2u /* 16 bytes after each sector */

/* READ CD: 2352 bytes a sector, and @sub.  All @n of them, or it has FAILED. */
MUN_CHECK int mun_mmc_read_cd(struct mun_transport *t, enum mun_mmc_kind kind,
			      int32_t lba, uint32_t n, uint8_t sub, void *data,
			      struct mun_mmc *out, struct mun_err *e);

/* READ (10): 2048 bytes a sector, likewise. */
MUN_CHECK int mun_mmc_read(struct mun_transport *t, uint32_t lba, uint16_t n,
			   void *data, struct mun_mmc *out, struct mun_err *e);

#endif
