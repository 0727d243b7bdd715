/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dsk.h - CPCEMU's disk files: where things are; drivers only
 *
 *	0 "MV - CPC..." (dsk) or "EXTENDED CPC DSK File\r\nDisk-Info\r\n" (edsk)
 *	34 creator, 14 bytes	48 cylinders	49 heads
 *	50 u16 LE size of each track (dsk)	52 its high byte each (edsk)
 *	then for each track, at a multiple of 256
 *	0 "Track-Info\r\n"	16 cylinder	17 head	18 rate	19 recording
 *	20 size code	21 sectors	22 gap 3	23 filler
 *	24 for each sector C H R N ST1 ST2, u16 LE bytes stored (edsk)
 *	the data from byte 256 of the track on, or from the next multiple of
 *	256 where there are more than 29 sectors
 *
 * Kevin Thacker, "DSK Disk image file format" and "Extended DSK"; John
 * Elliott's rate and recording; Simon Owen's extensions: where a sector with a
 * data CRC error has n times its size, these are n copies of a weak sector, and
 * what follows the size of another is the gap behind it.
 */
#ifndef MUN_IMAGE_FMT_DSK_H
#define MUN_IMAGE_FMT_DSK_H

#define MUN_DSK_HEAD 256u
#define MUN_DSK_MAGIC "MV - CPC"
#define MUN_EDSK_MAGIC "EXTENDED CPC DSK File\r\nDisk-Info\r\n"
#define MUN_DSK_TRACK "Track-Info\r\n"
#define MUN_DSK_SIZES 52u
#define MUN_DSK_TRACKS (MUN_DSK_HEAD - MUN_DSK_SIZES)
#define MUN_DSK_SECTORS 24u /* offset of their list in the head of a track */
#define MUN_DSK_SECTOR 8u

/* The bits of the uPD765 that are used here. */
#define MUN_ST1_NO_ADDRESS_MARK 0x01u
#define MUN_ST1_NO_DATA 0x04u /* no sector of this ID */
#define MUN_ST1_CRC 0x20u /* of the ID, or, with ST2's, of the data */
#define MUN_ST2_NO_DATA_MARK 0x01u
#define MUN_ST2_CRC 0x20u
#define MUN_ST2_DELETED 0x40u

#endif
