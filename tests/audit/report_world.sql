-- SPDX-License-Identifier: Apache-2.0
-- tests/audit/report_world.sql - a small repository whose every figure is known
--
-- Read by report_world.c into a new catalog; report_world.h says what it is.
-- Seals are not looked at by what is tested with it.

INSERT OR IGNORE INTO repository VALUES (1,
	printf('019a0001-0000-7000-8000-%012d', 1), '2025-12-31T00:00:00Z',
	zeroblob(16));

INSERT OR IGNORE INTO store (no, id, name, url, added, seal) VALUES (1,
	printf('019a0003-0000-7000-8000-%012d', 1), 'main', '',
	'2025-12-31T00:00:00Z', zeroblob(16));

-- Who takes part.
INSERT INTO agent VALUES
	(101, printf('019a0002-0000-7000-8000-%012d', 1), 'person',
	 'Ada Archivist', '', '', zeroblob(16)),
	(102, printf('019a0002-0000-7000-8000-%012d', 2), 'software',
	 'muniment', '0.1', '', zeroblob(16)),
	(103, printf('019a0002-0000-7000-8000-%012d', 3), 'hardware',
	 'TEAC FD-05HGS', '3.1', 'serial 7', zeroblob(16));

-- Stores: main, tape, and one that was removed in May.
INSERT INTO store (no, id, name, url, added, seal) VALUES
	(2, printf('019a0003-0000-7000-8000-%012d', 2), 'tape',
	 'file:///srv/tape', '2026-01-02T00:00:00Z', zeroblob(16)),
	(3, printf('019a0003-0000-7000-8000-%012d', 3), 'gone',
	 'file:///srv/gone', '2026-01-02T00:00:00Z', zeroblob(16));

INSERT INTO store_change VALUES
	(1, 3, '2026-05-01T00:00:00Z', 'removed', 101, 'disk is full',
	 zeroblob(16));

INSERT INTO collection VALUES
	(1, 'Letters', zeroblob(16)),
	(2, '=cmd|'' /C calc''!A0 "<b>\', zeroblob(16));

-- Objects of 1,000 stored bytes: master 900, record 100.  11 is of August; 1 to
-- 4 were read from media, 1 to 3 behind a write blocker; 4 not whole.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i
	< 11) INSERT INTO object SELECT i,
	printf('019a0000-0000-7000-8000-%012d', i), CASE i WHEN 11 THEN
	'2026-08-15T00:00:00Z' ELSE printf('2026-01-%02dT00:00:00Z', i) END,
	'disk ' || i, CASE WHEN i <= 5 THEN 1 WHEN i <= 10 THEN 2 END, '',
	'source', CASE WHEN i <= 4 THEN 'device' ELSE 'file' END, '', CASE WHEN
	i <= 3 THEN 'Tableau T8u' ELSE '' END, 'raw', '', '', CASE i WHEN 4
	THEN 'partial' ELSE 'complete' END, 900, 512, CASE i WHEN 4 THEN 512
	ELSE 0 END, 1000, 2, 1, 0, 0, zeroblob(16) FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i
	< 11) INSERT INTO file (no, object, id, path, role,
	bytes, format, puid, mime, format_note, original_name, digests, seal)
SELECT 2 * i, i,
	printf('019a0004-0000-7000-8000-%012d', i), 'image/disk.img', 'master',
	900, CASE i WHEN 5 THEN '' ELSE 'Raw disk image' END, '', '', '', '',
	1, zeroblob(16) FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i
	< 11) INSERT INTO file (no, object, id, path, role,
	bytes, format, puid, mime, format_note, original_name, digests, seal)
SELECT 2 * i + 1, i,
	printf('019a0005-0000-7000-8000-%012d', i), 'metadata/premis.xml',
	'record', 100, 'XML', '', '', '', '', 1, zeroblob(16) FROM n;

INSERT INTO tree SELECT no, bytes, zeroblob(32), x'', zeroblob(16) FROM
	file;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i
	< 11) INSERT INTO event SELECT i, i, 1,
	printf('019a0006-0000-7000-8000-%012d', i), CASE WHEN i <= 4 THEN
	'imaging' ELSE 'ingestion' END, (SELECT created FROM object WHERE no =
	i), '', '', 'success', '', 3, zeroblob(16) FROM n;

INSERT INTO event_agent SELECT no, 1, 101, 'implementer', zeroblob(16)
	FROM event UNION ALL SELECT no, 2, CASE type WHEN 'imaging' THEN 103
	ELSE 102 END, 'executing program', zeroblob(16) FROM event;

INSERT INTO event_object SELECT no, 1, CASE type WHEN 'imaging' THEN
	NULL ELSE 2 * object END, 'source', zeroblob(16) FROM event;

-- Run 1: main, January, 1 to 10 intact.  Run 2: main, July, 1 to 8: 7 is bad, 8
-- is missing.  Run 3 was killed.  Run 4: tape, 1 to 3.  Run 5: a sweep.  Run 6:
-- stopped, with a store that went away.  Run 7 is of October, and at work.
INSERT INTO audit VALUES
	(1, '2026-01-20T00:00:00Z', 'main', 101, 102, 10, 20, 10000,
	 zeroblob(16), 'fixity'),
	(2, '2026-07-05T00:00:00Z', 'main', 101, 102, 10, 20, 10000,
	 zeroblob(16), 'fixity'),
	(3, '2026-07-20T00:00:00Z', 'main', NULL, 102, 10, 20, 10000,
	 zeroblob(16), NULL),
	(4, '2026-08-01T00:00:00Z', 'tape', 101, 102, 3, 6, 3000, zeroblob(16),
	 'fixity'),
	(5, '2026-08-10T00:00:00Z', 'main', NULL, 102, 11, 22, 0, zeroblob(16),
	 'presence'),
	(6, '2026-09-01T00:00:00Z', 'main', NULL, 102, 10, 20, 10000,
	 zeroblob(16), 'fixity'),
	(7, '2026-10-01T12:00:00Z', 'main', NULL, 102, 11, 22, 11000,
	 zeroblob(16), 'fixity');

INSERT INTO audit_end VALUES
	(1, '2026-01-20T00:00:10Z', 0, 10, 20, 10000, 20, 0, 0, 0, 0, 0, 10, 0,
	 zeroblob(16), NULL),
	(2, '2026-07-05T00:00:08Z', 0, 8, 16, 8000, 14, 1, 1, 0, 0, 0, 8, 2,
	 zeroblob(16), NULL),
	(4, '2026-08-01T00:00:03Z', 0, 3, 6, 3000, 6, 0, 0, 0, 0, 0, 3, 0,
	 zeroblob(16), NULL),
	(5, '2026-08-10T00:01:00Z', 0, 11, 22, 0, 21, 0, 1, 0, 0, 0, 0, 1,
	 zeroblob(16), NULL),
	(6, '2026-09-01T00:00:01Z', 1, 0, 0, 0, 0, 0, 0, 0, 2, 5, 0, 0,
	 zeroblob(16), NULL);

INSERT INTO event SELECT 100 + no, no, 2,
	printf('019a0007-0000-7000-8000-%012d', no), 'fixity check',
	'2026-01-20T00:00:01Z', '', '', 'success', '', 1, zeroblob(16) FROM
	object WHERE no <= 10;

INSERT INTO event SELECT 200 + no, no, 3,
	printf('019a0008-0000-7000-8000-%012d', no), 'fixity check',
	'2026-07-05T00:00:01Z', '', '', CASE WHEN no >= 7 THEN 'fail' ELSE
	'success' END, '', 1, zeroblob(16) FROM object WHERE no <= 8;

INSERT INTO event SELECT 300 + no, no, 4,
	printf('019a0009-0000-7000-8000-%012d', no), 'fixity check',
	'2026-08-01T00:00:01Z', '', '', 'success', '', 0, zeroblob(16) FROM
	object WHERE no <= 3;

INSERT INTO event SELECT 400 + no, no, 5,
	printf('019a0010-0000-7000-8000-%012d', no), 'replication',
	'2026-02-01T00:00:00Z', '', '', 'success', '', 1, zeroblob(16) FROM
	object WHERE no <= 3;

INSERT INTO event VALUES
	(501, 7, 6, printf('019a0011-0000-7000-8000-%012d', 1), 'recovery',
	 '2026-07-07T00:00:00Z', '', 'from tape', 'success', '', 1,
	 zeroblob(16));

INSERT INTO event_agent SELECT no, 1, 102, 'executing program',
	zeroblob(16) FROM event WHERE no BETWEEN 100 AND 299 OR no > 400;

INSERT INTO copy SELECT no, no, 2, '2026-02-01T00:00:00Z', 400 + no,
	zeroblob(16) FROM object WHERE no <= 3;

INSERT INTO verdict SELECT no, object, 1, started, 'intact', 2, 1000,
	zeroblob(16) FROM event WHERE no BETWEEN 100 AND 199;

INSERT INTO verdict SELECT no, object, 2, started, CASE object WHEN 7
	THEN 'mismatch' WHEN 8 THEN 'missing' ELSE 'intact' END, 2, 1000,
	zeroblob(16) FROM event WHERE no BETWEEN 200 AND 299;

INSERT INTO verdict SELECT no, object, 4, started, 'intact', 2, 1000,
	zeroblob(16) FROM event WHERE no BETWEEN 300 AND 399;

-- What was found of 7 and 8, and what became of it.
INSERT INTO finding VALUES
	(2, 1, 7, 14, 'mismatch', 0, 900,
	 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
	 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
	 '', zeroblob(16), 0, 'image/disk.img'),
	(2, 2, 8, 16, 'missing', 0, 900, '', '', 'no such file', zeroblob(16),
	 2, 'image/disk.img');

INSERT INTO incident VALUES
	(1, printf('019a0012-0000-7000-8000-%012d', 1), 7, 1, 'image/disk.img',
	 'mismatch', '2026-07-05T01:00:00Z', 2, 0, 900, 0, 'bytes differ',
	 zeroblob(16)),
	(2, printf('019a0012-0000-7000-8000-%012d', 2), 8, 1, 'image/disk.img',
	 'missing', '2026-07-05T01:00:01Z', 2, 0, 900, 2, 'no such <file>',
	 zeroblob(16)),
	(3, printf('019a0012-0000-7000-8000-%012d', 3), NULL, 2, '',
	 'store_fault', '2026-08-02T00:00:00Z', NULL, 0, 0, 0,
	 '9 of 9 are missing', zeroblob(16)),
	(4, printf('019a0012-0000-7000-8000-%012d', 4), 1, 1, 'image/disk.img',
	 'mismatch', '2026-02-01T00:00:00Z', NULL, 0, 1, 0, 'old',
	 zeroblob(16));

INSERT INTO incident_step VALUES
	(1, 1, 1, '2026-07-06T00:00:00Z', 'acknowledged', 101, NULL, NULL, 0,
	 0, 'cable', zeroblob(16)),
	(2, 1, 2, '2026-07-07T00:00:00Z', 'repaired', 102, 501, NULL, 0, 900,
	 'from tape', zeroblob(16)),
	(3, 1, 3, '2026-07-08T00:00:00Z', 'verified', NULL, NULL, NULL, 0, 0,
	 '', zeroblob(16)),
	(4, 3, 1, '2026-08-03T00:00:00Z', 'acknowledged', 101, NULL, NULL, 0,
	 0, 'loose cable', zeroblob(16)),
	(5, 4, 1, '2026-02-02T00:00:00Z', 'acknowledged', 101, NULL, NULL, 0,
	 0, 'known', zeroblob(16)),
	(6, 4, 2, '2026-02-02T01:00:00Z', 'repaired', 101, NULL, NULL, 0, 1,
	 'by hand', zeroblob(16)),
	(7, 4, 3, '2026-02-03T00:00:00Z', 'verified', NULL, NULL, NULL, 0, 0,
	 '', zeroblob(16)),
	(8, 2, 1, '2026-10-01T12:00:00Z', 'joined', NULL, NULL, NULL, 0, 900,
	 'still missing', zeroblob(16));

INSERT INTO notice VALUES
	(1, '2026-07-05T01:00:02Z', 1, 'incident', 'command', 'mail -s x', 1,
	 '1 new incident', zeroblob(16)),
	(2, '2026-07-05T01:00:03Z', 2, 'incident', 'webhook',
	 'https://example.org', 0, '1 new incident; no route', zeroblob(16));

INSERT INTO policy VALUES
	(1, '2026-01-01T00:00:00Z', 'every = 365d', zeroblob(16)),
	(2, '2026-07-15T00:00:00Z', 'every = 90d', zeroblob(16));

DELETE FROM audit_state;

INSERT INTO audit_state SELECT * FROM audit_state_now;
