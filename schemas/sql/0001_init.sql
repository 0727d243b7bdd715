-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0001_init.sql - the catalog: facts, and what is derived of them
--
-- An applied migration is never edited (its SHA-256 is kept and compared):
-- write the next one.  docs/catalog.md explains every table.

PRAGMA application_id = 1297436233; -- 0x4D554E49, "MUNI"

-- Content tables: facts, sealed row by row, never changed.

CREATE TABLE migration (
	version INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
	applied TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TABLE collection (
	no INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE CHECK (name <> ''
		AND instr(name, char(31)) = 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- One captured medium.  The last five counts say how many rows belong to it,
-- so that a row that vanished is missed.
CREATE TABLE object (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	created TEXT NOT NULL CHECK (created GLOB '[0-9][0-9][0-9][0-9]-*'),
	label TEXT NOT NULL,
	collection INTEGER REFERENCES collection (no),
	note TEXT NOT NULL,
	source TEXT NOT NULL,
	source_kind TEXT NOT NULL CHECK (source_kind IN ('file', 'device')),
	media_type TEXT NOT NULL,
	write_blocker TEXT NOT NULL,
	format TEXT NOT NULL,
	variant TEXT NOT NULL,
	volume_label TEXT NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'partial')),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	sector_bytes INTEGER NOT NULL CHECK (sector_bytes >= 0),
	unreadable_bytes INTEGER NOT NULL CHECK (unreadable_bytes >= 0),
	stored_bytes INTEGER NOT NULL CHECK (stored_bytes >= 0),
	files INTEGER NOT NULL CHECK (files >= 0),
	digests INTEGER NOT NULL CHECK (digests >= 0),
	identifiers INTEGER NOT NULL CHECK (identifiers >= 0),
	ranges INTEGER NOT NULL CHECK (ranges >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TABLE identifier (
	object INTEGER NOT NULL REFERENCES object (no),
	n INTEGER NOT NULL,
	type TEXT NOT NULL,
	value TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (object, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifier_value ON identifier (value, type);

-- Digests of the decoded bytes of the medium.
CREATE TABLE content_digest (
	object INTEGER NOT NULL REFERENCES object (no),
	algorithm TEXT NOT NULL,
	value BLOB NOT NULL CHECK (length(value) > 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (object, algorithm)
) STRICT, WITHOUT ROWID;

-- Bytes of the decoded image that could not be read from the medium.
CREATE TABLE unreadable (
	object INTEGER NOT NULL REFERENCES object (no),
	n INTEGER NOT NULL,
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes > 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (object, n)
) STRICT, WITHOUT ROWID;

-- A stored file of an object.
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
	UNIQUE (object, path)
) STRICT;

CREATE TABLE digest (
	file INTEGER NOT NULL REFERENCES file (no),
	algorithm TEXT NOT NULL,
	value BLOB NOT NULL CHECK (length(value) > 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (file, algorithm)
) STRICT, WITHOUT ROWID;

-- The BEP 52 hash tree of a file: its root, and for more than one piece the
-- layer of 1 MiB pieces, 32 bytes each.
CREATE TABLE tree (
	file INTEGER PRIMARY KEY REFERENCES file (no),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	root BLOB NOT NULL CHECK (length(root) = 32),
	layer BLOB NOT NULL CHECK (length(layer) = CASE WHEN bytes > 1048576
		THEN 32 * ((bytes + 1048575) / 1048576) ELSE 0 END),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TABLE agent (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	type TEXT NOT NULL,
	name TEXT NOT NULL,
	version TEXT NOT NULL,
	note TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE INDEX agent_name ON agent (name, version);

-- n counts the events of an object from 1; links are the rows of event_agent
-- and event_object that belong to it.
CREATE TABLE event (
	no INTEGER PRIMARY KEY,
	object INTEGER NOT NULL REFERENCES object (no),
	n INTEGER NOT NULL CHECK (n > 0),
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	type TEXT NOT NULL CHECK (type <> ''),
	started TEXT NOT NULL CHECK (started <> ''),
	ended TEXT NOT NULL,
	detail TEXT NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('success', 'warning', 'fail')),
	note TEXT NOT NULL,
	links INTEGER NOT NULL CHECK (links >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (object, n)
) STRICT;

CREATE TABLE event_agent (
	event INTEGER NOT NULL REFERENCES event (no),
	n INTEGER NOT NULL,
	agent INTEGER NOT NULL REFERENCES agent (no),
	role TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (event, n)
) STRICT, WITHOUT ROWID;

-- What an event was about: files, or the carrier (file IS NULL); no row at all
-- means the whole digital representation.
CREATE TABLE event_object (
	event INTEGER NOT NULL REFERENCES event (no),
	n INTEGER NOT NULL,
	file INTEGER REFERENCES file (no),
	role TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (event, n)
) STRICT, WITHOUT ROWID;

-- An audit run begins with a row here and ends with one in audit_end; a run
-- without an end was killed.
CREATE TABLE audit (
	no INTEGER PRIMARY KEY,
	started TEXT NOT NULL,
	store TEXT NOT NULL,
	operator INTEGER REFERENCES agent (no),
	program INTEGER REFERENCES agent (no),
	objects INTEGER NOT NULL CHECK (objects >= 0),
	files INTEGER NOT NULL CHECK (files >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- What the run did; the outcomes count files.
CREATE TABLE audit_end (
	audit INTEGER PRIMARY KEY REFERENCES audit (no),
	ended TEXT NOT NULL,
	interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
	objects INTEGER NOT NULL CHECK (objects >= 0),
	files INTEGER NOT NULL CHECK (files >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	intact INTEGER NOT NULL CHECK (intact >= 0),
	mismatch INTEGER NOT NULL CHECK (mismatch >= 0),
	missing INTEGER NOT NULL CHECK (missing >= 0),
	unreadable INTEGER NOT NULL CHECK (unreadable >= 0),
	store_unavailable INTEGER NOT NULL CHECK (store_unavailable >= 0),
	not_run INTEGER NOT NULL CHECK (not_run >= 0),
	verdicts INTEGER NOT NULL CHECK (verdicts >= 0),
	findings INTEGER NOT NULL CHECK (findings >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- What a run found of one object, beside its "fixity check" event.
CREATE TABLE verdict (
	event INTEGER PRIMARY KEY REFERENCES event (no),
	object INTEGER NOT NULL REFERENCES object (no),
	audit INTEGER NOT NULL REFERENCES audit (no),
	checked TEXT NOT NULL CHECK (checked <> ''),
	outcome TEXT NOT NULL CHECK (outcome IN ('intact', 'mismatch',
		'missing', 'unreadable')),
	files INTEGER NOT NULL CHECK (files >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE INDEX verdict_object ON verdict (object, event);
CREATE INDEX verdict_audit ON verdict (audit);

-- One damaged run of pieces, or one file that was not to be had.
CREATE TABLE finding (
	audit INTEGER NOT NULL REFERENCES audit (no),
	n INTEGER NOT NULL CHECK (n > 0),
	object INTEGER NOT NULL REFERENCES object (no),
	file INTEGER REFERENCES file (no),
	outcome TEXT NOT NULL CHECK (outcome IN ('mismatch', 'missing',
		'unreadable', 'store_unavailable', 'not_run')),
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	expected TEXT NOT NULL,
	actual TEXT NOT NULL,
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (audit, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX finding_object ON finding (object);

-- Derived tables: kept by the transactions that write the facts, compared with
-- the view of the same name and "_now" by a check, and dropped at will.

CREATE TABLE audit_state (
	object INTEGER PRIMARY KEY,
	checked TEXT NOT NULL,
	outcome TEXT NOT NULL
) STRICT;

-- With a bare max(), the other columns are those of the row that has it.
CREATE VIEW audit_state_now AS
SELECT object, checked, outcome FROM (
	SELECT object, checked, outcome, max(event) FROM verdict
	GROUP BY object);

-- What a listing shows of an object, for people and programs.
CREATE VIEW overview AS
SELECT o.no, o.id, o.label, coalesce(c.name, '') AS collection, o.format,
	CASE WHEN o.outcome = 'partial'
			AND coalesce(s.outcome, 'intact') = 'intact'
		THEN 'partial'
		ELSE coalesce(s.outcome, 'unchecked') END AS status,
	coalesce(s.checked, '') AS last_audit, o.bytes
FROM object o
LEFT JOIN collection c ON c.no = o.collection
LEFT JOIN audit_state s ON s.object = o.no;

-- The same, so that 100,000 objects are listed in one short scan: in the order
-- of the listing, and all fields in one column, with unit separators between.
CREATE TABLE listing (
	id TEXT PRIMARY KEY,
	no INTEGER NOT NULL UNIQUE,
	line TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW listing_now AS
SELECT id, no, status || char(31) || last_audit || char(31) || format
	|| char(31) || bytes || char(31) || collection || char(31) || label
	AS line
FROM overview;

-- By which digest an image is known again: its decoded bytes or its master.
CREATE TABLE known (
	algorithm TEXT NOT NULL,
	value BLOB NOT NULL,
	object INTEGER NOT NULL,
	PRIMARY KEY (value, algorithm, object)
) STRICT, WITHOUT ROWID;

CREATE VIEW known_now AS
SELECT algorithm, value, object FROM content_digest
UNION
SELECT d.algorithm, d.value, f.object
FROM file f JOIN digest d ON d.file = f.no WHERE f.role = 'master';

CREATE VIEW search_text AS
SELECT o.no, o.label, o.note, o.volume_label, o.source,
	coalesce(c.name, '') AS collection,
	coalesce((SELECT group_concat(i.type || ' ' || i.value, char(10))
		FROM identifier i WHERE i.object = o.no), '') AS identifiers
FROM object o
LEFT JOIN collection c ON c.no = o.collection;

-- The words of search_text; it keeps no copy of the text itself.
CREATE VIRTUAL TABLE search USING fts5 (
	label, note, volume_label, source, collection, identifiers,
	content = 'search_text', content_rowid = 'no', columnsize = 0,
	tokenize = 'unicode61 remove_diacritics 2'
);

-- Facts are added, never changed.

CREATE TRIGGER migration_update BEFORE UPDATE ON migration BEGIN
	SELECT raise(ABORT, 'rows of migration are never changed');
END;

CREATE TRIGGER migration_delete BEFORE DELETE ON migration BEGIN
	SELECT raise(ABORT, 'rows of migration are never removed');
END;

CREATE TRIGGER collection_update BEFORE UPDATE ON collection BEGIN
	SELECT raise(ABORT, 'rows of collection are never changed');
END;

CREATE TRIGGER collection_delete BEFORE DELETE ON collection BEGIN
	SELECT raise(ABORT, 'rows of collection are never removed');
END;

CREATE TRIGGER object_update BEFORE UPDATE ON object BEGIN
	SELECT raise(ABORT, 'rows of object are never changed');
END;

CREATE TRIGGER object_delete BEFORE DELETE ON object BEGIN
	SELECT raise(ABORT, 'rows of object are never removed');
END;

CREATE TRIGGER identifier_update BEFORE UPDATE ON identifier BEGIN
	SELECT raise(ABORT, 'rows of identifier are never changed');
END;

CREATE TRIGGER identifier_delete BEFORE DELETE ON identifier BEGIN
	SELECT raise(ABORT, 'rows of identifier are never removed');
END;

CREATE TRIGGER content_digest_update BEFORE UPDATE ON content_digest BEGIN
	SELECT raise(ABORT, 'rows of content_digest are never changed');
END;

CREATE TRIGGER content_digest_delete BEFORE DELETE ON content_digest BEGIN
	SELECT raise(ABORT, 'rows of content_digest are never removed');
END;

CREATE TRIGGER unreadable_update BEFORE UPDATE ON unreadable BEGIN
	SELECT raise(ABORT, 'rows of unreadable are never changed');
END;

CREATE TRIGGER unreadable_delete BEFORE DELETE ON unreadable BEGIN
	SELECT raise(ABORT, 'rows of unreadable are never removed');
END;

CREATE TRIGGER file_update BEFORE UPDATE ON file BEGIN
	SELECT raise(ABORT, 'rows of file are never changed');
END;

CREATE TRIGGER file_delete BEFORE DELETE ON file BEGIN
	SELECT raise(ABORT, 'rows of file are never removed');
END;

CREATE TRIGGER digest_update BEFORE UPDATE ON digest BEGIN
	SELECT raise(ABORT, 'rows of digest are never changed');
END;

CREATE TRIGGER digest_delete BEFORE DELETE ON digest BEGIN
	SELECT raise(ABORT, 'rows of digest are never removed');
END;

CREATE TRIGGER tree_update BEFORE UPDATE ON tree BEGIN
	SELECT raise(ABORT, 'rows of tree are never changed');
END;

CREATE TRIGGER tree_delete BEFORE DELETE ON tree BEGIN
	SELECT raise(ABORT, 'rows of tree are never removed');
END;

CREATE TRIGGER agent_update BEFORE UPDATE ON agent BEGIN
	SELECT raise(ABORT, 'rows of agent are never changed');
END;

CREATE TRIGGER agent_delete BEFORE DELETE ON agent BEGIN
	SELECT raise(ABORT, 'rows of agent are never removed');
END;

CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN
	SELECT raise(ABORT, 'rows of event are never changed');
END;

CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN
	SELECT raise(ABORT, 'rows of event are never removed');
END;

CREATE TRIGGER event_agent_update BEFORE UPDATE ON event_agent BEGIN
	SELECT raise(ABORT, 'rows of event_agent are never changed');
END;

CREATE TRIGGER event_agent_delete BEFORE DELETE ON event_agent BEGIN
	SELECT raise(ABORT, 'rows of event_agent are never removed');
END;

CREATE TRIGGER event_object_update BEFORE UPDATE ON event_object BEGIN
	SELECT raise(ABORT, 'rows of event_object are never changed');
END;

CREATE TRIGGER event_object_delete BEFORE DELETE ON event_object BEGIN
	SELECT raise(ABORT, 'rows of event_object are never removed');
END;

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN
	SELECT raise(ABORT, 'rows of audit are never changed');
END;

CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN
	SELECT raise(ABORT, 'rows of audit are never removed');
END;

CREATE TRIGGER audit_end_update BEFORE UPDATE ON audit_end BEGIN
	SELECT raise(ABORT, 'rows of audit_end are never changed');
END;

CREATE TRIGGER audit_end_delete BEFORE DELETE ON audit_end BEGIN
	SELECT raise(ABORT, 'rows of audit_end are never removed');
END;

CREATE TRIGGER verdict_update BEFORE UPDATE ON verdict BEGIN
	SELECT raise(ABORT, 'rows of verdict are never changed');
END;

CREATE TRIGGER verdict_delete BEFORE DELETE ON verdict BEGIN
	SELECT raise(ABORT, 'rows of verdict are never removed');
END;

CREATE TRIGGER finding_update BEFORE UPDATE ON finding BEGIN
	SELECT raise(ABORT, 'rows of finding are never changed');
END;

CREATE TRIGGER finding_delete BEFORE DELETE ON finding BEGIN
	SELECT raise(ABORT, 'rows of finding are never removed');
END;
