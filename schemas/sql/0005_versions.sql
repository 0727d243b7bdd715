-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0005_versions.sql - objects get further versions
--
-- An applied migration is never edited (its SHA-256 is kept and compared):
-- write the next one.  docs/catalog.md explains every table.

-- The same table, in which a path may come again: version is that of the
-- object to which the file came, NULL for the first, which leaves the seals of
-- old rows valid.
CREATE TEMP TABLE file_before AS SELECT * FROM file;

DROP TABLE file;

CREATE TABLE file (
	no INTEGER PRIMARY KEY,
	object INTEGER NOT NULL REFERENCES object (no),
	id TEXT NOT NULL
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	path TEXT NOT NULL CHECK (path <> ''),
	role TEXT NOT NULL CHECK (role <> ''),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	format TEXT NOT NULL,
	puid TEXT NOT NULL,
	mime TEXT NOT NULL,
	format_note TEXT NOT NULL,
	original_name TEXT NOT NULL,
	digests INTEGER NOT NULL CHECK (digests >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	version INTEGER CHECK (version > 1)
) STRICT;

INSERT INTO file (no, object, id, path, role, bytes, format, puid, mime,
	format_note, original_name, digests, seal)
SELECT no, object, id, path, role, bytes, format, puid, mime, format_note,
	original_name, digests, seal
FROM file_before;

DROP TABLE file_before;

CREATE UNIQUE INDEX file_place ON file (object, path, coalesce(version, 1));

-- What is said of an object from a further version on; version 1 is the row of
-- the object itself.  The last five counts say how many rows belong to it:
-- files that came, with their bytes, and files that they took the place of.
CREATE TABLE revision (
	no INTEGER PRIMARY KEY,
	object INTEGER NOT NULL REFERENCES object (no),
	version INTEGER NOT NULL CHECK (version > 1),
	at TEXT NOT NULL CHECK (at <> ''),
	format TEXT NOT NULL,
	variant TEXT NOT NULL,
	volume_label TEXT NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'partial')),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	sector_bytes INTEGER NOT NULL CHECK (sector_bytes >= 0),
	unreadable_bytes INTEGER NOT NULL CHECK (unreadable_bytes >= 0),
	stored_bytes INTEGER NOT NULL CHECK (stored_bytes >= 0),
	files INTEGER NOT NULL CHECK (files >= 0),
	superseded INTEGER NOT NULL CHECK (superseded >= 0),
	digests INTEGER NOT NULL CHECK (digests >= 0),
	properties INTEGER NOT NULL CHECK (properties >= 0),
	ranges INTEGER NOT NULL CHECK (ranges >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (object, version)
) STRICT;

-- As content_digest, unreadable and property, of that version.
CREATE TABLE revision_digest (
	revision INTEGER NOT NULL REFERENCES revision (no),
	algorithm TEXT NOT NULL,
	value BLOB NOT NULL CHECK (length(value) > 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (revision, algorithm)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision_unreadable (
	revision INTEGER NOT NULL REFERENCES revision (no),
	n INTEGER NOT NULL,
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes > 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (revision, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision_property (
	revision INTEGER NOT NULL REFERENCES revision (no),
	n INTEGER NOT NULL,
	name TEXT NOT NULL CHECK (name <> ''),
	value TEXT NOT NULL CHECK (value <> ''),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (revision, n)
) STRICT, WITHOUT ROWID;

-- A file that the newest version has no more under its path.  Its bytes stay
-- in the object, in the folder of the version to which it came.
CREATE TABLE superseded (
	file INTEGER PRIMARY KEY REFERENCES file (no),
	revision INTEGER NOT NULL REFERENCES revision (no),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE INDEX superseded_revision ON superseded (revision);

-- A copy was brought up to that version, and read back; a copy without a row
-- here is of version 1.
CREATE TABLE copy_version (
	no INTEGER PRIMARY KEY,
	object INTEGER NOT NULL REFERENCES object (no),
	store INTEGER NOT NULL REFERENCES store (no),
	version INTEGER NOT NULL CHECK (version > 1),
	made TEXT NOT NULL CHECK (made <> ''),
	event INTEGER NOT NULL REFERENCES event (no),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (object, store, version)
) STRICT;

-- The same table with two kinds more.
CREATE TEMP TABLE leaf_before AS SELECT * FROM leaf;

DROP TABLE leaf;

CREATE TABLE leaf (
	seq INTEGER PRIMARY KEY CHECK (seq >= 0),
	kind TEXT NOT NULL CHECK (kind IN ('repository', 'key', 'store',
		'store_change', 'agent', 'object', 'event', 'copy', 'audit',
		'finding', 'audit_end', 'incident', 'incident_step', 'policy',
		'notice', 'revision', 'copy_version')),
	ref INTEGER NOT NULL,
	n INTEGER NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

INSERT INTO leaf (seq, kind, ref, n, seal)
SELECT seq, kind, ref, n, seal FROM leaf_before;

DROP TABLE leaf_before;

CREATE UNIQUE INDEX leaf_fact ON leaf (ref, n, kind);

-- An object as its newest version is.
CREATE VIEW object_now AS
SELECT o.no, o.id, o.created, o.label, o.collection, o.note, o.source,
	o.source_kind, o.media_type, o.write_blocker,
	coalesce(r.format, o.format) AS format,
	coalesce(r.variant, o.variant) AS variant,
	coalesce(r.volume_label, o.volume_label) AS volume_label,
	coalesce(r.outcome, o.outcome) AS outcome,
	coalesce(r.bytes, o.bytes) AS bytes,
	coalesce(r.sector_bytes, o.sector_bytes) AS sector_bytes,
	coalesce(r.unreadable_bytes, o.unreadable_bytes) AS unreadable_bytes,
	coalesce(r.version, 1) AS version, r.no AS revision
FROM object o
LEFT JOIN revision r ON r.object = o.no
	AND r.version = (SELECT max(version) FROM revision WHERE object = o.no);

-- Files as the newest version has them; what it has no more is called as it
-- lies in the object.
CREATE VIEW file_now AS
SELECT f.no, f.object, f.id,
	CASE WHEN x.file IS NULL THEN f.path ELSE 'v' || coalesce(f.version, 1)
		|| '/content/' || f.path END AS path,
	CASE WHEN x.file IS NULL THEN f.role ELSE 'superseded' END AS role,
	f.bytes, f.format, f.puid, f.mime, f.format_note, f.original_name
FROM file f LEFT JOIN superseded x ON x.file = f.no;

-- Derived.

DROP VIEW overview;
DROP VIEW known_now;
DROP VIEW search_text;
DROP VIEW audit_state_now;
DROP TABLE audit_state;

-- As before, and which version the store has.
CREATE TABLE audit_state (
	object INTEGER NOT NULL,
	store INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	base TEXT NOT NULL,
	checked TEXT NOT NULL,
	outcome TEXT NOT NULL,
	files INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (object, store)
) STRICT, WITHOUT ROWID;

CREATE INDEX due ON audit_state (store, collection, base, object, files, bytes);

-- With a bare max(), the other columns are those of the row that has it.
CREATE VIEW audit_state_now AS
SELECT p.object, p.store, coalesce(o.collection, 0) AS collection,
	coalesce(v.checked, p.made) AS base,
	coalesce(v.checked, '') AS checked, coalesce(v.outcome, '') AS outcome,
	o.files + coalesce((SELECT sum(r.files) FROM revision r
		WHERE r.object = o.no AND r.version <= p.version), 0) AS files,
	o.stored_bytes + coalesce((SELECT sum(r.stored_bytes) FROM revision r
		WHERE r.object = o.no AND r.version <= p.version), 0) AS bytes,
	p.version
FROM (SELECT b.no AS object, 1 AS store, b.created AS made,
		coalesce((SELECT max(version) FROM revision r
			WHERE r.object = b.no), 1) AS version
	FROM object b
	UNION ALL SELECT c.object, c.store, c.made,
		coalesce((SELECT max(version) FROM copy_version n
			WHERE n.object = c.object AND n.store = c.store), 1)
	FROM copy c) p
JOIN object o ON o.no = p.object
LEFT JOIN (SELECT v.object, s.no AS store, v.checked, v.outcome, max(v.event)
	FROM verdict v JOIN audit a ON a.no = v.audit
	JOIN store s ON s.name = a.store
	GROUP BY v.object, s.no) v
	ON v.object = p.object AND v.store = p.store;

INSERT INTO audit_state SELECT * FROM audit_state_now;

-- What a listing shows of an object, for people and programs: of its copies in
-- stores that were not removed, the worst outcome and the newest check.
CREATE VIEW overview AS
SELECT no, id, label, collection, format,
	CASE WHEN outcome = 'partial' AND found IN ('intact', 'unchecked')
		THEN 'partial' ELSE found END AS status,
	last_audit, bytes
FROM (SELECT o.no, o.id, o.label, coalesce(c.name, '') AS collection, o.format,
		o.outcome, o.bytes,
		(SELECT CASE min(CASE s.outcome WHEN 'missing' THEN 1
				WHEN 'mismatch' THEN 2 WHEN 'unreadable' THEN 3
				WHEN 'intact' THEN 4 ELSE 5 END)
			WHEN 1 THEN 'missing' WHEN 2 THEN 'mismatch'
			WHEN 3 THEN 'unreadable' WHEN 4 THEN 'intact'
			ELSE 'unchecked' END
			FROM audit_state s WHERE s.object = o.no
			AND NOT EXISTS (SELECT 1 FROM store_change x
				WHERE x.store = s.store
				AND x.what = 'removed')) AS found,
		(SELECT coalesce(max(s.checked), '')
			FROM audit_state s WHERE s.object = o.no
			AND NOT EXISTS (SELECT 1 FROM store_change x
				WHERE x.store = s.store
				AND x.what = 'removed')) AS last_audit
	FROM object_now o
	LEFT JOIN collection c ON c.no = o.collection);

-- What any version was may be recognised.
CREATE VIEW known_now AS
SELECT algorithm, value, object FROM content_digest
UNION
SELECT d.algorithm, d.value, r.object
FROM revision r JOIN revision_digest d ON d.revision = r.no
UNION
SELECT d.algorithm, d.value, f.object
FROM file f JOIN digest d ON d.file = f.no WHERE f.role = 'master';

CREATE VIEW search_text AS
SELECT o.no, o.label, o.note, o.volume_label, o.source,
	coalesce(c.name, '') AS collection,
	coalesce((SELECT group_concat(i.type || ' ' || i.value, char(10))
		FROM identifier i WHERE i.object = o.no), '') AS identifiers
FROM object_now o
LEFT JOIN collection c ON c.no = o.collection;

-- Entries.  Those that were made before must stay as they are: the entry of an
-- object tells of its first version.

DROP VIEW entry_file;

CREATE VIEW entry_any_file AS
SELECT f.object, f.version, f.path, json_object('bytes', f.bytes,
	'digests', (SELECT json_group_object(algorithm, lower(hex(value)))
		FROM (SELECT * FROM digest WHERE file = f.no
			ORDER BY algorithm)),
	'format', f.format, 'format_note', f.format_note, 'id', f.id,
	'mime', f.mime, 'original_name', f.original_name,
	'originators', json((SELECT json_group_object(algorithm, originator)
		FROM (SELECT * FROM digest WHERE file = f.no
			AND originator IS NOT NULL ORDER BY algorithm))),
	'path', f.path,
	'puid', f.puid, 'role', f.role, 'root', lower(hex(t.root))) AS json
FROM file f LEFT JOIN tree t ON t.file = f.no;

CREATE VIEW entry_file AS
SELECT object, path, json FROM entry_any_file WHERE version IS NULL;

CREATE VIEW entry_revision AS
SELECT r.no, json_object('at', r.at, 'bytes', r.bytes,
	'digests', json((SELECT json_group_object(algorithm, lower(hex(value)))
		FROM (SELECT * FROM revision_digest WHERE revision = r.no
			ORDER BY algorithm))),
	'files', json((SELECT json_group_array(json(json)) FROM
		(SELECT json FROM entry_any_file WHERE object = r.object
			AND version = r.version ORDER BY path))),
	'format', r.format, 'kind', 'revision', 'object', o.id,
	'outcome', r.outcome,
	'properties', json((SELECT json_group_array(json_object('name', name,
			'value', value))
		FROM (SELECT * FROM revision_property WHERE revision = r.no
			ORDER BY n))),
	'sector_bytes', r.sector_bytes,
	'superseded', json((SELECT json_group_array(id)
		FROM (SELECT f.id FROM superseded x JOIN file f ON f.no = x.file
			WHERE x.revision = r.no ORDER BY f.path, f.version))),
	'unreadable', json((SELECT json_group_array(json_object('bytes', bytes,
			'off', off))
		FROM (SELECT * FROM revision_unreadable WHERE revision = r.no
			ORDER BY n))),
	'unreadable_bytes', r.unreadable_bytes, 'variant', r.variant,
	'version', r.version, 'volume_label', r.volume_label) AS json
FROM revision r JOIN object o ON o.no = r.object;

CREATE VIEW entry_copy_version AS
SELECT c.no, json_object('event', e.id, 'kind', 'copy_version', 'made', c.made,
	'object', o.id, 'store', s.name, 'version', c.version) AS json
FROM copy_version c JOIN object o ON o.no = c.object
JOIN store s ON s.no = c.store JOIN event e ON e.no = c.event;

DROP VIEW entry;

CREATE VIEW entry AS
SELECT l.seq, CASE l.kind
	WHEN 'event' THEN (SELECT json FROM entry_event WHERE no = l.ref)
	WHEN 'object' THEN (SELECT json FROM entry_object WHERE no = l.ref)
	WHEN 'audit' THEN (SELECT json FROM entry_audit WHERE no = l.ref)
	WHEN 'audit_end' THEN (SELECT json FROM entry_audit_end
		WHERE no = l.ref)
	WHEN 'finding' THEN (SELECT json FROM entry_finding
		WHERE audit = l.ref AND n = l.n)
	WHEN 'copy' THEN (SELECT json FROM entry_copy WHERE no = l.ref)
	WHEN 'incident' THEN (SELECT json FROM entry_incident WHERE no = l.ref)
	WHEN 'incident_step' THEN (SELECT json FROM entry_incident_step
		WHERE no = l.ref)
	WHEN 'agent' THEN (SELECT json FROM entry_agent WHERE no = l.ref)
	WHEN 'notice' THEN (SELECT json FROM entry_notice WHERE no = l.ref)
	WHEN 'policy' THEN (SELECT json FROM entry_policy WHERE no = l.ref)
	WHEN 'store' THEN (SELECT json FROM entry_store WHERE no = l.ref)
	WHEN 'store_change' THEN (SELECT json FROM entry_store_change
		WHERE no = l.ref)
	WHEN 'key' THEN (SELECT json FROM entry_key WHERE no = l.ref)
	WHEN 'repository' THEN (SELECT json FROM entry_repository
		WHERE no = l.ref)
	WHEN 'revision' THEN (SELECT json FROM entry_revision WHERE no = l.ref)
	WHEN 'copy_version' THEN (SELECT json FROM entry_copy_version
		WHERE no = l.ref)
	END AS json
FROM leaf l;

-- Every fact that an entry of its own stands for, as table leaf names them.
DROP VIEW fact;

CREATE VIEW fact AS
SELECT 'repository' AS kind, no AS ref, 0 AS n FROM repository
UNION ALL SELECT 'key', no, 0 FROM signing_key
UNION ALL SELECT 'store', no, 0 FROM store
UNION ALL SELECT 'store_change', no, 0 FROM store_change
UNION ALL SELECT 'agent', no, 0 FROM agent
UNION ALL SELECT 'object', no, 0 FROM object
UNION ALL SELECT 'event', no, 0 FROM event
UNION ALL SELECT 'copy', no, 0 FROM copy
UNION ALL SELECT 'audit', no, 0 FROM audit
UNION ALL SELECT 'finding', x.audit, x.n FROM finding x
	WHERE NOT EXISTS (SELECT 1 FROM verdict v JOIN event e ON e.no = v.event
		WHERE e.object = x.object AND v.audit = x.audit)
UNION ALL SELECT 'audit_end', audit, 0 FROM audit_end
UNION ALL SELECT 'incident', no, 0 FROM incident
UNION ALL SELECT 'incident_step', no, 0 FROM incident_step
UNION ALL SELECT 'policy', no, 0 FROM policy
UNION ALL SELECT 'notice', no, 0 FROM notice
UNION ALL SELECT 'revision', no, 0 FROM revision
UNION ALL SELECT 'copy_version', no, 0 FROM copy_version;

-- Facts are added, never changed.

CREATE TRIGGER file_update BEFORE UPDATE ON file BEGIN
	SELECT raise(ABORT, 'rows of file are never changed');
END;

CREATE TRIGGER file_delete BEFORE DELETE ON file BEGIN
	SELECT raise(ABORT, 'rows of file are never removed');
END;

CREATE TRIGGER revision_update BEFORE UPDATE ON revision BEGIN
	SELECT raise(ABORT, 'rows of revision are never changed');
END;

CREATE TRIGGER revision_delete BEFORE DELETE ON revision BEGIN
	SELECT raise(ABORT, 'rows of revision are never removed');
END;

CREATE TRIGGER revision_digest_update BEFORE UPDATE ON revision_digest BEGIN
	SELECT raise(ABORT, 'rows of revision_digest are never changed');
END;

CREATE TRIGGER revision_digest_delete BEFORE DELETE ON revision_digest BEGIN
	SELECT raise(ABORT, 'rows of revision_digest are never removed');
END;

CREATE TRIGGER revision_unreadable_update BEFORE UPDATE ON revision_unreadable BEGIN
	SELECT raise(ABORT, 'rows of revision_unreadable are never changed');
END;

CREATE TRIGGER revision_unreadable_delete BEFORE DELETE ON revision_unreadable BEGIN
	SELECT raise(ABORT, 'rows of revision_unreadable are never removed');
END;

CREATE TRIGGER revision_property_update BEFORE UPDATE ON revision_property BEGIN
	SELECT raise(ABORT, 'rows of revision_property are never changed');
END;

CREATE TRIGGER revision_property_delete BEFORE DELETE ON revision_property BEGIN
	SELECT raise(ABORT, 'rows of revision_property are never removed');
END;

CREATE TRIGGER superseded_update BEFORE UPDATE ON superseded BEGIN
	SELECT raise(ABORT, 'rows of superseded are never changed');
END;

CREATE TRIGGER superseded_delete BEFORE DELETE ON superseded BEGIN
	SELECT raise(ABORT, 'rows of superseded are never removed');
END;

CREATE TRIGGER copy_version_update BEFORE UPDATE ON copy_version BEGIN
	SELECT raise(ABORT, 'rows of copy_version are never changed');
END;

CREATE TRIGGER copy_version_delete BEFORE DELETE ON copy_version BEGIN
	SELECT raise(ABORT, 'rows of copy_version are never removed');
END;

CREATE TRIGGER leaf_update BEFORE UPDATE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never changed');
END;

CREATE TRIGGER leaf_delete BEFORE DELETE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never removed');
END;
