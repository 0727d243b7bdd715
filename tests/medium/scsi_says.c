/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/scsi_says.c - a drive that answers commands as a test wants it */
#include "tests/medium/scsi_says.h"

#include "core/bytes.h"
#include "core/check.h"
#include "tests/support/support.h"

#include <errno.h>

struct scsi_says scsi;

static int check(struct sg_io_hdr *h, uint8_t key, uint8_t asc)
{
	h->status = 2;
	h->driver_status = 8;
	h->sb_len_wr = 18;
	memset(h->sbp, 0, 18);
	h->sbp[0] = 0x70;
	h->sbp[2] = key;
	h->sbp[7] = 10;
	h->sbp[12] = asc;
	return 0;
}

static int give(struct sg_io_hdr *h, const void *data, size_t len)
{
	size_t n = MUN_MIN(len, (size_t)h->dxfer_len);

	memcpy(h->dxferp, data, n);
	h->resid = (int)(h->dxfer_len - n);
	return 0;
}

static int inquiry(struct sg_io_hdr *h)
{
	const uint8_t list[] = { 0, 0, 0, 3, 0, 0x80, 0x83 };

	if (!(h->cmdp[1] & 1))
		return give(h, scsi.inquiry, sizeof(scsi.inquiry));
	scsi.vpd++;
	if (!scsi.has_pages)
		return check(h, 5, 0x24);
	if (h->cmdp[2] == 0x80)
		return give(h, scsi.vpd80, sizeof(scsi.vpd80));
	if (h->cmdp[2] == 0x83)
		return give(h, scsi.vpd83, sizeof(scsi.vpd83));
	return give(h, list, sizeof(list));
}

static int capacity(struct sg_io_hdr *h)
{
	uint8_t p[8];

	mun_put_be32(p, scsi.blocks - 1);
	mun_put_be32(p + 4, 512);
	return give(h, p, sizeof(p));
}

static int format(struct sg_io_hdr *h)
{
	uint8_t p[12] = { 0, 0, 0, 8, [8] = 2, 0, 2, 0 };

	if (!scsi.format_blocks)
		return check(h, 5, 0x20);
	mun_put_be32(p + 4, scsi.format_blocks);
	return give(h, p, sizeof(p));
}

static int mode_sense(struct sg_io_hdr *h)
{
	const uint8_t six[4] = { 3, 0, scsi.mode, 0 };
	const uint8_t ten[8] = { 0, 6, 0, scsi.mode };

	if (h->cmdp[0] == 0x5a)
		return give(h, ten, sizeof(ten));
	return scsi.mode6_refused ? check(h, 5, 0x20)
				  : give(h, six, sizeof(six));
}

static int registers(struct sg_io_hdr *h)
{
	uint64_t lba = scsi.native;
	uint8_t *p = h->sbp;

	if (scsi.no_registers)
		return 0;
	(void)check(h, 1, 0);
	memset(p, 0, 22);
	p[0] = 0x72;
	p[1] = 1;
	p[3] = 0x1d;
	p[7] = 14;
	p[8] = 9;
	p[9] = 12;
	p[21] = lba == UINT64_MAX ? 0x51 : 0x50;
	p[15] = (uint8_t)lba;
	p[17] = (uint8_t)(lba >> 8);
	p[19] = (uint8_t)(lba >> 16);
	p[14] = (uint8_t)(lba >> 24);
	h->sb_len_wr = 22;
	return 0;
}

static int ata(struct sg_io_hdr *h)
{
	uint8_t command = h->cmdp[h->cmdp[0] == 0x85 ? 14 : 9];

	scsi.ata++;
	if (scsi.ata_errno) {
		errno = scsi.ata_errno;
		return -1;
	}
	if (scsi.no_ata || (scsi.no_ata16 && h->cmdp[0] == 0x85))
		return check(h, 5, 0x20);
	if (command == 0xec)
		return give(h, scsi.identify, 512);
	if (command == 0xb1)
		return give(h, scsi.dco, 512);
	return registers(h);
}

int scsi_drive(struct fake_device *d, struct sg_io_hdr *h)
{
	(void)d;
	scsi.commands++;
	assert_true(h->dxfer_direction == SG_DXFER_NONE ||
		    h->dxfer_direction == SG_DXFER_FROM_DEV);
	if (scsi.attentions && h->cmdp[0] != 0x12) {
		scsi.attentions--;
		return check(h, 6, 0x28);
	}
	switch (h->cmdp[0]) {
	case 0x00:
		return scsi.ready_key ? check(h, scsi.ready_key, scsi.ready_asc)
				      : 0;
	case 0x12:
		return inquiry(h);
	case 0x1a:
	case 0x5a:
		return mode_sense(h);
	case 0x1b:
		scsi.ejects++;
		return scsi.eject_refused ? check(h, 5, 0x24) : 0;
	case 0x1e:
		scsi.unlocks++;
		return 0;
	case 0x23:
		return format(h);
	case 0x25:
		return capacity(h);
	case 0x28:
		scsi.past_end++;
		return scsi.reads_on ? 0 : check(h, 5, 0x21);
	case 0x85:
	case 0xa1:
		return ata(h);
	default:
		return check(h, 5, 0x20);
	}
}

void scsi_say_inquiry(uint8_t type, bool removable, const char *texts)
{
	memset(scsi.inquiry, 0, sizeof(scsi.inquiry));
	scsi.inquiry[0] = type;
	scsi.inquiry[1] = removable ? 0x80 : 0;
	scsi.inquiry[2] = 5;
	scsi.inquiry[4] = 31;
	memcpy(scsi.inquiry + 8, texts, 28);
}

static void put_text(uint8_t *p, size_t words, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < 2 * words; i++)
		p[i ^ 1] = (uint8_t)(i < len ? text[i] : ' ');
}

void scsi_sum(uint8_t *p)
{
	uint8_t s = 0xa5;

	for (size_t i = 0; i < 510; i++)
		s = (uint8_t)(s + p[i]);
	p[510] = 0xa5;
	p[511] = (uint8_t)(0 - s);
}

void scsi_say_ata(void)
{
	uint8_t *p = scsi.identify;

	memset(p, 0, 512);
	put_text(p + 20, 10, "WD-INSIDE");
	put_text(p + 46, 4, "13.03G13");
	put_text(p + 54, 20, "WDC WD1200JB");
	mun_put_le32(p + 120, 128);
	mun_put_le16(p + 164, 0x0400);
	mun_put_le16(p + 166, 0x4800);
	scsi_sum(p);
	scsi.native = 199;
	memset(scsi.dco, 0, 512);
	mun_put_le64(scsi.dco + 6, 255);
	scsi_sum(scsi.dco);
}

void scsi_reset(uint32_t blocks)
{
	memset(&scsi, 0, sizeof(scsi));
	scsi.blocks = blocks;
	scsi_say_inquiry(0, false, "ATA     WDC WD1200JB-00C13.0");
}
