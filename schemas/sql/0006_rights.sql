-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0006_rights.sql - what may and may not be done with an object
--
-- An applied migration is never edited (its SHA-256 is kept and compared):
-- write the next one.  docs/catalog.md explains every table.

-- A statement: act may (granted) or may not (restricted) be done with the
-- object, says text, from begins until ends (EDTF; '': open).  n counts those
-- of the object from 1.
CREATE TABLE rights (
	no INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE
		CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
	object INTEGER NOT NULL REFERENCES object (no),
	n INTEGER NOT NULL CHECK (n > 0),
	at TEXT NOT NULL CHECK (at <> ''),
	agent INTEGER REFERENCES agent (no),
	basis TEXT NOT NULL CHECK (basis IN ('copyright', 'license', 'statute',
		'donor', 'policy', 'other')),
	act TEXT NOT NULL CHECK (act IN ('disseminate', 'replicate', 'use',
		'migrate', 'modify', 'delete')),
	effect TEXT NOT NULL CHECK (effect IN ('granted', 'restricted')),
	text TEXT NOT NULL CHECK (text <> ''),
	begins TEXT NOT NULL,
	ends TEXT NOT NULL,
	jurisdiction TEXT NOT NULL,
	citation TEXT NOT NULL,
	note TEXT NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	UNIQUE (object, n)
) STRICT;

-- A statement does not hold any more; later is the one in its place, or NULL.
CREATE TABLE rights_end (
	no INTEGER PRIMARY KEY,
	rights INTEGER NOT NULL UNIQUE REFERENCES rights (no),
	at TEXT NOT NULL CHECK (at <> ''),
	agent INTEGER REFERENCES agent (no),
	why TEXT NOT NULL,
	later INTEGER REFERENCES rights (no),
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

-- Statements as they stand, for people.
CREATE VIEW rights_now AS
SELECT r.no, r.id, o.id AS object, r.act, r.effect, r.text, r.begins, r.ends,
	r.basis, r.jurisdiction, r.citation, r.note, r.at AS recorded,
	coalesce(a.name, '') AS agent, coalesce(x.at, '') AS ended,
	coalesce(b.name, '') AS ended_by, coalesce(x.why, '') AS why,
	coalesce(l.id, '') AS later
FROM rights r JOIN object o ON o.no = r.object
LEFT JOIN agent a ON a.no = r.agent
LEFT JOIN rights_end x ON x.rights = r.no
LEFT JOIN agent b ON b.no = x.agent
LEFT JOIN rights l ON l.no = x.later;

-- The same table with two kinds more.
CREATE TEMP TABLE leaf_before AS SELECT * FROM leaf;

DROP TABLE leaf;

CREATE TABLE leaf (
	seq INTEGER PRIMARY KEY CHECK (seq >= 0),
	kind TEXT NOT NULL CHECK (kind IN ('repository', 'key', 'store',
		'store_change', 'agent', 'object', 'event', 'copy', 'audit',
		'finding', 'audit_end', 'incident', 'incident_step', 'policy',
		'notice', 'revision', 'copy_version', 'rights', 'rights_end')),
	ref INTEGER NOT NULL,
	n INTEGER NOT NULL,
	seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

INSERT INTO leaf (seq, kind, ref, n, seal)
SELECT seq, kind, ref, n, seal FROM leaf_before;

DROP TABLE leaf_before;

CREATE UNIQUE INDEX leaf_fact ON leaf (ref, n, kind);

-- Entries.

CREATE VIEW entry_rights AS
SELECT r.no, json_object('act', r.act, 'agent', a.id, 'at', r.at,
	'basis', r.basis, 'begins', r.begins, 'citation', r.citation,
	'effect', r.effect, 'ends', r.ends, 'id', r.id,
	'jurisdiction', r.jurisdiction, 'kind', 'rights', 'n', r.n,
	'note', r.note, 'object', o.id, 'text', r.text) AS json
FROM rights r JOIN object o ON o.no = r.object
LEFT JOIN agent a ON a.no = r.agent;

CREATE VIEW entry_rights_end AS
SELECT x.no, json_object('agent', a.id, 'at', x.at, 'kind', 'rights_end',
	'later', l.id, 'object', o.id, 'rights', r.id, 'why', x.why) AS json
FROM rights_end x JOIN rights r ON r.no = x.rights
JOIN object o ON o.no = r.object
LEFT JOIN agent a ON a.no = x.agent
LEFT JOIN rights l ON l.no = x.later;

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
	WHEN 'rights' THEN (SELECT json FROM entry_rights WHERE no = l.ref)
	WHEN 'rights_end' THEN (SELECT json FROM entry_rights_end
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
UNION ALL SELECT 'copy_version', no, 0 FROM copy_version
UNION ALL SELECT 'rights', no, 0 FROM rights
UNION ALL SELECT 'rights_end', no, 0 FROM rights_end;

-- Facts are added, never changed.

CREATE TRIGGER rights_update BEFORE UPDATE ON rights BEGIN
	SELECT raise(ABORT, 'rows of rights are never changed');
END;

CREATE TRIGGER rights_delete BEFORE DELETE ON rights BEGIN
	SELECT raise(ABORT, 'rows of rights are never removed');
END;

CREATE TRIGGER rights_end_update BEFORE UPDATE ON rights_end BEGIN
	SELECT raise(ABORT, 'rows of rights_end are never changed');
END;

CREATE TRIGGER rights_end_delete BEFORE DELETE ON rights_end BEGIN
	SELECT raise(ABORT, 'rows of rights_end are never removed');
END;

CREATE TRIGGER leaf_update BEFORE UPDATE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never changed');
END;

CREATE TRIGGER leaf_delete BEFORE DELETE ON leaf BEGIN
	SELECT raise(ABORT, 'rows of leaf are never removed');
END;
