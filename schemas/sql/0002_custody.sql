-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0002_custody.sql - stores and copies, incidents, and the evidence
--
-- An applied migration is never edited (its SHA-256 is kept and compared):
-- write the next one.  docs/catalog.md explains every table.

-- Facts.

-- The identity of the whole; the first fact of every catalog.
CREATE TABLE repository (
	no INTEGER PRIMARY KEY CHECK (no = 1),
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	created TEXT NOT NULL CHECK (created <> ''),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- Keys that tree heads are signed with.  The endorsement is the signature of
-- the key before over the 32 bytes of this one; the first has none.
CREATE TABLE signing_key (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE CHECK (length(id) = 16),
	public BLOB NOT NULL CHECK (length(public) = 32),
	made TEXT NOT NULL CHECK (made <> ''),
	endorsement BLOB NOT NULL CHECK (length(endorsement) IN (0, 64)),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- Number 1 is "main", the repository's own.
CREATE TABLE store (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32
		AND name NOT GLOB '*[^0-9a-z-]*'),
	url TEXT NOT NULL,
	added TEXT NOT NULL CHECK (added <> ''),
	agent INTEGER REFERENCES agent (no),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TABLE store_change (
	no INTEGER PRIMARY KEY,
	store INTEGER NOT NULL REFERENCES store (no),
	at TEXT NOT NULL CHECK (at <> ''),
	what TEXT NOT NULL CHECK (what IN ('paused', 'active', 'removed')),
	agent INTEGER REFERENCES agent (no),
	why TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE INDEX store_change_store ON store_change (store);

-- A copy in a store beside main, which has every object without a row here.
CREATE TABLE copy (
	no INTEGER PRIMARY KEY,
	object INTEGER NOT NULL REFERENCES object (no),
	store INTEGER NOT NULL REFERENCES store (no),
	made TEXT NOT NULL CHECK (made <> ''),
	event INTEGER NOT NULL REFERENCES event (no),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (object, store)
) STRICT;

-- NULL in rows that are older than sweeps: 'fixity'.
ALTER TABLE audit ADD COLUMN kind TEXT CHECK (kind IN ('fixity', 'presence'));

-- Of a sweep that did not come to its end: the last object it looked at.
ALTER TABLE audit_end ADD COLUMN reached TEXT;

-- The same table with more outcomes, findings about a store, and three more
-- columns behind the seal, which leaves the seals of old rows valid.
CREATE TEMP TABLE finding_before AS SELECT * FROM finding;

DROP TABLE finding;

CREATE TABLE finding (
	audit INTEGER NOT NULL REFERENCES audit (no),
	n INTEGER NOT NULL CHECK (n > 0),
	object INTEGER REFERENCES object (no),
	file INTEGER REFERENCES file (no),
	outcome TEXT NOT NULL CHECK (outcome IN ('mismatch', 'missing',
		'unreadable', 'store_unavailable', 'not_run', 'extra')),
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	expected TEXT NOT NULL,
	actual TEXT NOT NULL,
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	sys INTEGER,
	path TEXT,
	PRIMARY KEY (audit, n)
) STRICT, WITHOUT ROWID;

INSERT INTO finding (audit, n, object, file, outcome, off, bytes, expected,
	actual, text, seal)
SELECT audit, n, object, file, outcome, off, bytes, expected, actual, text, seal
FROM finding_before;

DROP TABLE finding_before;

CREATE INDEX finding_object ON finding (object, audit);

-- The same table, where the layer may be unknown (empty): its object was taken
-- from the ledger, and no store has it any more.
CREATE TEMP TABLE tree_before AS SELECT * FROM tree;

DROP TABLE tree;

CREATE TABLE tree (
	file INTEGER PRIMARY KEY REFERENCES file (no),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	root BLOB NOT NULL CHECK (length(root) = 32),
	layer BLOB NOT NULL CHECK (length(layer) IN (0, CASE
		WHEN bytes > 1048576
		THEN 32 * ((bytes + 1048575) / 1048576) ELSE 0 END)),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

INSERT INTO tree (file, bytes, root, layer, seal)
SELECT file, bytes, root, layer, seal FROM tree_before;

DROP TABLE tree_before;

-- One kind of damage to one file in one store; path is '' for the object, and
-- object is NULL for the store itself.
CREATE TABLE incident (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	object INTEGER REFERENCES object (no),
	store INTEGER NOT NULL REFERENCES store (no),
	path TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('mismatch', 'missing', 'unreadable',
		'extra', 'store_fault')),
	opened TEXT NOT NULL CHECK (opened <> ''),
	audit INTEGER REFERENCES audit (no),
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	sys INTEGER NOT NULL,
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE INDEX incident_place ON incident (store, object);

-- What became of it; n counts from 1 for each incident.
CREATE TABLE incident_step (
	no INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident (no),
	n INTEGER NOT NULL CHECK (n > 0),
	at TEXT NOT NULL CHECK (at <> ''),
	state TEXT NOT NULL CHECK (state IN ('joined', 'acknowledged',
		'repaired', 'repair-failed', 'verified', 'intact-again')),
	agent INTEGER REFERENCES agent (no),
	event INTEGER REFERENCES event (no),
	audit INTEGER REFERENCES audit (no),
	off INTEGER NOT NULL CHECK (off >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (incident, n)
) STRICT;

-- The policy in force from a moment on.
CREATE TABLE policy (
	no INTEGER PRIMARY KEY,
	at TEXT NOT NULL CHECK (at <> ''),
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- Who was told of what.
CREATE TABLE notice (
	no INTEGER PRIMARY KEY,
	at TEXT NOT NULL CHECK (at <> ''),
	incident INTEGER REFERENCES incident (no),
	what TEXT NOT NULL,
	channel TEXT NOT NULL,
	target TEXT NOT NULL,
	delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
	text TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- Who else computed the same digest: a donor, in a manifest.
ALTER TABLE digest ADD COLUMN originator TEXT CHECK (originator <> '');

-- Which fact is which entry of the ledger (leaf of its tree), counted from 0:
-- row number ref of the table of that kind; for a finding, ref is the audit.
CREATE TABLE leaf (
	seq INTEGER PRIMARY KEY CHECK (seq >= 0),
	kind TEXT NOT NULL CHECK (kind IN ('repository', 'key', 'store',
		'store_change', 'agent', 'object', 'event', 'copy', 'audit',
		'finding', 'audit_end', 'incident', 'incident_step', 'policy',
		'notice')),
	ref INTEGER NOT NULL,
	n INTEGER NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE UNIQUE INDEX leaf_fact ON leaf (ref, n, kind);

-- The newest signed head of the ledger, as its line in heads.jsonl: a ledger
-- that has not got it was cut or put back.  No fact of its own.
CREATE TABLE signed_head (
	no INTEGER PRIMARY KEY CHECK (no = 1),
	line TEXT NOT NULL
) STRICT;

-- No statement of ours goes by these any more; each costs every outcome.
DROP INDEX verdict_object;
DROP INDEX verdict_audit;

-- A catalog that has facts has an identity and a main store from now on.  The
-- temporary table fixes what is random.
CREATE TEMP TABLE birth AS
SELECT lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4'
		|| substr(lower(hex(randomblob(2))), 2) || '-a'
		|| substr(lower(hex(randomblob(2))), 2) || '-'
		|| lower(hex(randomblob(6))) AS id,
	lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4'
		|| substr(lower(hex(randomblob(2))), 2) || '-a'
		|| substr(lower(hex(randomblob(2))), 2) || '-'
		|| lower(hex(randomblob(6))) AS main,
	strftime('%Y-%m-%dT%H:%M:%SZ', 'now') AS now
WHERE EXISTS (SELECT 1 FROM agent) OR EXISTS (SELECT 1 FROM object)
	OR EXISTS (SELECT 1 FROM audit);

INSERT INTO repository (no, id, created, seal)
SELECT 1, id, now, mun_seal('repository', 1, id, now) FROM birth;

INSERT INTO store (no, id, name, url, added, seal)
SELECT 1, main, 'main', '', now, mun_seal('store', 1, main, 'main', '', now, NULL)
FROM birth;

DROP TABLE birth;

INSERT INTO leaf (seq, kind, ref, n, seal)
SELECT seq, kind, ref, n, mun_seal('leaf', seq, kind, ref, n) FROM (
	SELECT row_number() OVER (ORDER BY class, ref, n) - 1 AS seq, kind,
		ref, n
	FROM (
		SELECT 0 AS class, 'repository' AS kind, no AS ref, 0 AS n
		FROM repository
		UNION ALL SELECT 1, 'store', no, 0 FROM store
		UNION ALL SELECT 2, 'agent', no, 0 FROM agent
		UNION ALL SELECT 3, 'audit', no, 0 FROM audit
		UNION ALL SELECT 4, 'object', no, 0 FROM object
		UNION ALL SELECT 5, 'event', no, 0 FROM event
		UNION ALL SELECT 6, 'finding', x.audit, x.n FROM finding x
			LEFT JOIN verdict v ON v.audit = x.audit
				AND v.object = x.object
			WHERE v.event IS NULL
		UNION ALL SELECT 7, 'audit_end', audit, 0 FROM audit_end));

-- Derived.

DROP VIEW listing_now;
DROP VIEW overview;
DROP VIEW audit_state_now;
DROP TABLE audit_state;

-- One row for each copy.  base is from when its age counts: the last check, or
-- when the copy was made and read back.  checked and outcome are '' before the
-- first check; collection is 0 for none.
CREATE TABLE audit_state (
	object INTEGER NOT NULL,
	store INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	base TEXT NOT NULL,
	checked TEXT NOT NULL,
	outcome TEXT NOT NULL,
	files INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	PRIMARY KEY (object, store)
) STRICT, WITHOUT ROWID;

-- The schedule: the oldest of a collection in a store is its first row.
CREATE INDEX due ON audit_state (store, collection, base, object, files, bytes);

-- With a bare max(), the other columns are those of the row that has it.
CREATE VIEW audit_state_now AS
SELECT p.object, p.store, coalesce(o.collection, 0) AS collection,
	coalesce(v.checked, p.made) AS base,
	coalesce(v.checked, '') AS checked, coalesce(v.outcome, '') AS outcome,
	o.files, o.stored_bytes AS bytes
FROM (SELECT no AS object, 1 AS store, created AS made FROM object
	UNION ALL SELECT object, store, made FROM copy) p
JOIN object o ON o.no = p.object
LEFT JOIN (SELECT v.object, s.no AS store, v.checked, v.outcome, max(v.event)
	FROM verdict v JOIN audit a ON a.no = v.audit
	JOIN store s ON s.name = a.store
	GROUP BY v.object, s.no) v
	ON v.object = p.object AND v.store = p.store;

INSERT INTO audit_state SELECT * FROM audit_state_now;

-- Stores with what was last said of them.
CREATE VIEW store_now AS
SELECT s.no, s.id, s.name, s.url, coalesce(c.what, 'active') AS state, s.added,
	coalesce(c.why, '') AS why
FROM store s
LEFT JOIN (SELECT store, what, why, max(no) FROM store_change
	GROUP BY store) c ON c.store = s.no;

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
	FROM object o
	LEFT JOIN collection c ON c.no = o.collection);

CREATE VIEW listing_now AS
SELECT id, no, status || char(31) || last_audit || char(31) || format
	|| char(31) || bytes || char(31) || collection || char(31) || label
	AS line
FROM overview;

-- Incidents as they stand.  Damage that is found again after a repair opens an
-- incident again; what was acknowledged stays so.
CREATE VIEW incident_now AS
SELECT no, id, object, store, path, kind, opened, off, bytes, sys, text,
	CASE WHEN last IN ('repaired', 'verified') THEN last
		WHEN acknowledged THEN 'acknowledged' ELSE 'open' END AS state,
	acknowledged, acknowledged AND last = 'verified' AS closed, changed,
	findings
FROM (SELECT i.*, coalesce((SELECT s.state FROM incident_step s
			WHERE s.incident = i.no AND s.state IN ('joined',
				'repaired', 'verified')
			ORDER BY s.n DESC LIMIT 1), 'opened') AS last,
		EXISTS (SELECT 1 FROM incident_step s
			WHERE s.incident = i.no
			AND s.state = 'acknowledged') AS acknowledged,
		coalesce((SELECT s.at FROM incident_step s
			WHERE s.incident = i.no ORDER BY s.n DESC LIMIT 1),
			i.opened) AS changed,
		(SELECT 1 + count(*) FROM incident_step s
			WHERE s.incident = i.no AND s.state = 'joined')
			AS findings
	FROM incident i);

-- The entries of the ledger: canonical JSON (RFC 8785) of each fact.  Keys are
-- in alphabetical order, there is no white space, numbers are whole.

CREATE VIEW entry_repository AS
SELECT no, json_object('created', created, 'id', id, 'kind', 'repository')
	AS json
FROM repository;

CREATE VIEW entry_key AS
SELECT no, json_object('endorsement', lower(hex(endorsement)), 'id', id,
	'kind', 'key', 'made', made, 'public', lower(hex(public))) AS json
FROM signing_key;

CREATE VIEW entry_store AS
SELECT s.no, json_object('added', s.added, 'agent', a.id, 'id', s.id,
	'kind', 'store', 'name', s.name, 'url', s.url) AS json
FROM store s LEFT JOIN agent a ON a.no = s.agent;

CREATE VIEW entry_store_change AS
SELECT c.no, json_object('agent', a.id, 'at', c.at, 'kind', 'store_change',
	'store', s.name, 'what', c.what, 'why', c.why) AS json
FROM store_change c JOIN store s ON s.no = c.store
LEFT JOIN agent a ON a.no = c.agent;

CREATE VIEW entry_agent AS
SELECT no, json_object('id', id, 'kind', 'agent', 'name', name, 'note', note,
	'type', type, 'version', version) AS json
FROM agent;

CREATE VIEW entry_file AS
SELECT f.object, f.path, json_object('bytes', f.bytes,
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

CREATE VIEW entry_object AS
SELECT o.no, json_object('bytes', o.bytes,
	'collection', coalesce(c.name, ''), 'created', o.created,
	'digests', json((SELECT json_group_object(algorithm, lower(hex(value)))
		FROM (SELECT * FROM content_digest WHERE object = o.no
			ORDER BY algorithm))),
	'files', json((SELECT json_group_array(json(json)) FROM
		(SELECT json FROM entry_file WHERE object = o.no
			ORDER BY path))),
	'format', o.format, 'id', o.id,
	'identifiers', json((SELECT json_group_array(json_object('type', type,
			'value', value))
		FROM (SELECT * FROM identifier WHERE object = o.no
			ORDER BY n))),
	'kind', 'object', 'label', o.label, 'media_type', o.media_type,
	'note', o.note, 'outcome', o.outcome, 'sector_bytes', o.sector_bytes,
	'source', o.source, 'source_kind', o.source_kind,
	'unreadable', json((SELECT json_group_array(json_object('bytes', bytes,
			'off', off))
		FROM (SELECT * FROM unreadable WHERE object = o.no
			ORDER BY n))),
	'unreadable_bytes', o.unreadable_bytes, 'variant', o.variant,
	'volume_label', o.volume_label, 'write_blocker', o.write_blocker)
	AS json
FROM object o LEFT JOIN collection c ON c.no = o.collection;

CREATE VIEW entry_found AS
SELECT x.audit, x.n, x.object, json_object('actual', x.actual,
	'bytes', x.bytes, 'expected', x.expected, 'file', f.id, 'n', x.n,
	'off', x.off, 'outcome', x.outcome, 'path', x.path, 'sys', x.sys,
	'text', x.text) AS json
FROM finding x LEFT JOIN file f ON f.no = x.file;

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
	|| ',"started":' || json_quote(e.started)
	|| ',"type":' || json_quote(e.type)
	|| ',"verdict":' || CASE WHEN v.event IS NULL THEN 'null'
		ELSE json_object('bytes', v.bytes, 'checked', v.checked,
			'files', v.files, 'outcome', v.outcome,
			'run', v.audit) END
	|| '}' AS json
FROM event e JOIN object o ON o.no = e.object
LEFT JOIN verdict v ON v.event = e.no;

CREATE VIEW entry_copy AS
SELECT c.no, json_object('event', e.id, 'kind', 'copy', 'made', c.made,
	'object', o.id, 'store', s.name) AS json
FROM copy c JOIN object o ON o.no = c.object JOIN store s ON s.no = c.store
JOIN event e ON e.no = c.event;

CREATE VIEW entry_audit AS
SELECT a.no, json_object('bytes', a.bytes, 'files', a.files, 'kind', 'audit',
	'objects', a.objects, 'operator', o.id, 'program', p.id, 'run', a.no,
	'started', a.started, 'store', a.store, 'type', a.kind) AS json
FROM audit a LEFT JOIN agent o ON o.no = a.operator
LEFT JOIN agent p ON p.no = a.program;

-- What was found of an object whose audit did not end, or beside any audit of
-- one; other findings are in the entry of their event.
CREATE VIEW entry_finding AS
SELECT x.audit, x.n, '{"finding":' || x.json || ',"kind":"finding","object":'
	|| json_quote(o.id) || ',"run":' || x.audit || '}' AS json
FROM entry_found x LEFT JOIN object o ON o.no = x.object;

CREATE VIEW entry_audit_end AS
SELECT audit AS no, json_object('bytes', bytes, 'ended', ended, 'files', files,
	'findings', findings, 'intact', intact, 'interrupted', interrupted,
	'kind', 'audit_end', 'mismatch', mismatch, 'missing', missing,
	'not_run', not_run, 'objects', objects, 'reached', reached,
	'run', audit, 'store_unavailable', store_unavailable,
	'unreadable', unreadable, 'verdicts', verdicts) AS json
FROM audit_end;

CREATE VIEW entry_incident AS
SELECT i.no, json_object('bytes', i.bytes, 'damage', i.kind, 'id', i.id,
	'kind', 'incident', 'object', o.id, 'off', i.off, 'opened', i.opened,
	'path', i.path, 'run', i.audit, 'store', s.name, 'sys', i.sys,
	'text', i.text) AS json
FROM incident i JOIN store s ON s.no = i.store
LEFT JOIN object o ON o.no = i.object;

CREATE VIEW entry_incident_step AS
SELECT t.no, json_object('agent', a.id, 'at', t.at, 'bytes', t.bytes,
	'event', e.id, 'incident', i.id, 'kind', 'incident_step', 'n', t.n,
	'off', t.off, 'run', t.audit, 'state', t.state, 'text', t.text) AS json
FROM incident_step t JOIN incident i ON i.no = t.incident
LEFT JOIN agent a ON a.no = t.agent LEFT JOIN event e ON e.no = t.event;

CREATE VIEW entry_policy AS
SELECT no, json_object('at', at, 'kind', 'policy', 'text', text) AS json
FROM policy;

CREATE VIEW entry_notice AS
SELECT t.no, json_object('at', t.at, 'channel', t.channel,
	'delivered', t.delivered, 'incident', i.id, 'kind', 'notice',
	'target', t.target, 'text', t.text, 'what', t.what) AS json
FROM notice t LEFT JOIN incident i ON i.no = t.incident;

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
	END AS json
FROM leaf l;

-- Every fact that an entry of its own stands for, as table leaf names them.
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
UNION ALL SELECT 'notice', no, 0 FROM notice;

-- Facts are added, never changed.

CREATE TRIGGER repository_update BEFORE UPDATE ON repository BEGIN
	SELECT raise(ABORT, 'rows of repository are never changed');
END;

CREATE TRIGGER repository_delete BEFORE DELETE ON repository BEGIN
	SELECT raise(ABORT, 'rows of repository are never removed');
END;

CREATE TRIGGER signing_key_update BEFORE UPDATE ON signing_key BEGIN
	SELECT raise(ABORT, 'rows of signing_key are never changed');
END;

CREATE TRIGGER signing_key_delete BEFORE DELETE ON signing_key BEGIN
	SELECT raise(ABORT, 'rows of signing_key are never removed');
END;

CREATE TRIGGER store_update BEFORE UPDATE ON store BEGIN
	SELECT raise(ABORT, 'rows of store are never changed');
END;

CREATE TRIGGER store_delete BEFORE DELETE ON store BEGIN
	SELECT raise(ABORT, 'rows of store are never removed');
END;

CREATE TRIGGER store_change_update BEFORE UPDATE ON store_change BEGIN
	SELECT raise(ABORT, 'rows of store_change are never changed');
END;

CREATE TRIGGER store_change_delete BEFORE DELETE ON store_change BEGIN
	SELECT raise(ABORT, 'rows of store_change are never removed');
END;

CREATE TRIGGER copy_update BEFORE UPDATE ON copy BEGIN
	SELECT raise(ABORT, 'rows of copy are never changed');
END;

CREATE TRIGGER copy_delete BEFORE DELETE ON copy BEGIN
	SELECT raise(ABORT, 'rows of copy are never removed');
END;

CREATE TRIGGER finding_update BEFORE UPDATE ON finding BEGIN
	SELECT raise(ABORT, 'rows of finding are never changed');
END;

CREATE TRIGGER finding_delete BEFORE DELETE ON finding BEGIN
	SELECT raise(ABORT, 'rows of finding are never removed');
END;

CREATE TRIGGER tree_update BEFORE UPDATE ON tree BEGIN
	SELECT raise(ABORT, 'rows of tree are never changed');
END;

CREATE TRIGGER tree_delete BEFORE DELETE ON tree BEGIN
	SELECT raise(ABORT, 'rows of tree are never removed');
END;

CREATE TRIGGER incident_update BEFORE UPDATE ON incident BEGIN
	SELECT raise(ABORT, 'rows of incident are never changed');
END;

CREATE TRIGGER incident_delete BEFORE DELETE ON incident BEGIN
	SELECT raise(ABORT, 'rows of incident are never removed');
END;

CREATE TRIGGER incident_step_update BEFORE UPDATE ON incident_step BEGIN
	SELECT raise(ABORT, 'rows of incident_step are never changed');
END;

CREATE TRIGGER incident_step_delete BEFORE DELETE ON incident_step BEGIN
	SELECT raise(ABORT, 'rows of incident_step are never removed');
END;

CREATE TRIGGER policy_update BEFORE UPDATE ON policy BEGIN
	SELECT raise(ABORT, 'rows of policy are never changed');
END;

CREATE TRIGGER policy_delete BEFORE DELETE ON policy BEGIN
	SELECT raise(ABORT, 'rows of policy are never removed');
END;

CREATE TRIGGER notice_update BEFORE UPDATE ON notice BEGIN
	SELECT raise(ABORT, 'rows of notice are never changed');
END;

CREATE TRIGGER notice_delete BEFORE DELETE ON notice BEGIN
	SELECT raise(ABORT, 'rows of notice are never removed');
END;

CREATE TRIGGER leaf_update BEFORE UPDATE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never changed');
END;

CREATE TRIGGER leaf_delete BEFORE DELETE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never removed');
END;
