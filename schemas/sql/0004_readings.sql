-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0004_readings.sql - how drives read media, and media known again

-- One run of reading: a part of its event, which counts it among its links.
-- Bytes are of the medium; good to untried are as it was after the run, the
-- others are of the run alone.  Events that are older have none: what is not
-- known of them is not zero.
CREATE TABLE reading (
	event INTEGER PRIMARY KEY REFERENCES event (no),
	drive INTEGER NOT NULL REFERENCES agent (no),
	stopped TEXT NOT NULL CHECK (stopped IN ('', 'time', 'errors', 'away',
		'interrupted')),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	sector_bytes INTEGER NOT NULL CHECK (sector_bytes >= 0),
	good_before INTEGER NOT NULL CHECK (good_before >= 0),
	good INTEGER NOT NULL CHECK (good >= 0),
	unreadable INTEGER NOT NULL CHECK (unreadable >= 0),
	runout INTEGER NOT NULL CHECK (runout >= 0),
	doubtful INTEGER NOT NULL CHECK (doubtful >= 0),
	untried INTEGER NOT NULL CHECK (untried >= 0),
	read_bytes INTEGER NOT NULL CHECK (read_bytes >= 0),
	reads INTEGER NOT NULL CHECK (reads >= 0),
	failed_reads INTEGER NOT NULL CHECK (failed_reads >= 0),
	slow_reads INTEGER NOT NULL CHECK (slow_reads >= 0),
	corrected INTEGER NOT NULL CHECK (corrected >= 0),
	reopened INTEGER NOT NULL CHECK (reopened >= 0),
	elapsed_ms INTEGER NOT NULL CHECK (elapsed_ms >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TRIGGER reading_update BEFORE UPDATE ON reading BEGIN
	SELECT raise(ABORT, 'rows of reading are never changed');
END;

CREATE TRIGGER reading_delete BEFORE DELETE ON reading BEGIN
	SELECT raise(ABORT, 'rows of reading are never removed');
END;

-- Few among the events of audits.
CREATE INDEX event_imaging ON event (object) WHERE type = 'imaging';

-- A medium is known again by its marks (catalog/record.h).
CREATE INDEX property_head ON property (value)
	WHERE name = 'medium: SHA-256 of the first 64 KiB';
CREATE INDEX property_toc ON property (value)
	WHERE name = 'medium: SHA-256 of the table of contents';
CREATE INDEX property_volume ON property (value)
	WHERE name = 'medium: volume label';

CREATE VIEW entry_reading AS
SELECT r.event, json_object('bytes', r.bytes, 'corrected', r.corrected,
	'doubtful', r.doubtful, 'drive', a.id, 'elapsed_ms', r.elapsed_ms,
	'failed_reads', r.failed_reads, 'good', r.good,
	'good_before', r.good_before, 'read_bytes', r.read_bytes,
	'reads', r.reads, 'reopened', r.reopened, 'runout', r.runout,
	'sector_bytes', r.sector_bytes, 'slow_reads', r.slow_reads,
	'stopped', r.stopped, 'unreadable', r.unreadable,
	'untried', r.untried) AS json
FROM reading r JOIN agent a ON a.no = r.drive;

-- Entries that were made before must stay as they are: an event without a
-- reading has no such member.
DROP VIEW entry_event;

-- Put together by hand: there may be millions.
CREATE VIEW entry_event AS
SELECT e.no, '{"agents":'
	|| (SELECT json_group_array(json_object('id', id, 'role', role))
		FROM (SELECT a.id, l.role FROM event_agent l
			JOIN agent a ON a.no = l.agent
			WHERE l.event = e.no ORDER BY l.n))
	|| ',"detail":' || json_quote(e.detail)
	|| ',"ended":' || json_quote(e.ended)
	|| ',"findings":[' || coalesce((SELECT group_concat(json, ',') FROM
		(SELECT json FROM entry_found WHERE object = v.object
			AND +audit = v.audit ORDER BY n)), '')
	|| '],"id":' || json_quote(e.id)
	|| ',"kind":"event","n":' || e.n
	|| ',"note":' || json_quote(e.note)
	|| ',"object":' || json_quote(o.id)
	|| ',"objects":'
	|| (SELECT json_group_array(json_object('file', id, 'role', role))
		FROM (SELECT f.id, l.role FROM event_object l
			LEFT JOIN file f ON f.no = l.file
			WHERE l.event = e.no ORDER BY l.n))
	|| ',"outcome":' || json_quote(e.outcome)
	|| coalesce((SELECT ',"reading":' || r.json FROM entry_reading r
		WHERE r.event = e.no), '')
	|| ',"started":' || json_quote(e.started)
	|| ',"type":' || json_quote(e.type)
	|| ',"verdict":' || CASE WHEN v.event IS NULL THEN 'null'
		ELSE json_object('bytes', v.bytes, 'checked', v.checked,
			'files', v.files, 'outcome', v.outcome,
			'run', v.audit) END
	|| '}' AS json
FROM event e JOIN object o ON o.no = e.object
LEFT JOIN verdict v ON v.event = e.no;
