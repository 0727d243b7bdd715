-- SPDX-License-Identifier: Apache-2.0
-- schemas/sql/0003_properties.sql - what an image says of itself and its making

-- Creator, case number, checksums inside, sectors with a failed check, tracks,
-- the hash tree of the decoded bytes: by name, in the order that they were
-- found.  "of" is how many the object has, so that one that vanished is missed.
CREATE TABLE property (
	object INTEGER NOT NULL REFERENCES object (no),
	n INTEGER NOT NULL,
	of INTEGER NOT NULL CHECK (of > 0),
	name TEXT NOT NULL CHECK (name <> ''),
	value TEXT NOT NULL CHECK (value <> ''),
	seal BLOB NOT NULL CHECK (length(seal) = 16),
	PRIMARY KEY (object, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER property_update BEFORE UPDATE ON property BEGIN
	SELECT raise(ABORT, 'rows of property are never changed');
END;

CREATE TRIGGER property_delete BEFORE DELETE ON property BEGIN
	SELECT raise(ABORT, 'rows of property are never removed');
END;

-- Entries that were made before must stay as they are: an object without
-- properties has no such member.
DROP VIEW entry_object;

CREATE VIEW entry_object AS
SELECT o.no, json_remove(json_object('bytes', o.bytes,
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
	'note', o.note, 'outcome', o.outcome,
	'properties', json((SELECT json_group_array(json_object('name', name,
			'value', value))
		FROM (SELECT * FROM property WHERE object = o.no
			ORDER BY n))),
	'sector_bytes', o.sector_bytes,
	'source', o.source, 'source_kind', o.source_kind,
	'unreadable', json((SELECT json_group_array(json_object('bytes', bytes,
			'off', off))
		FROM (SELECT * FROM unreadable WHERE object = o.no
			ORDER BY n))),
	'unreadable_bytes', o.unreadable_bytes, 'variant', o.variant,
	'volume_label', o.volume_label, 'write_blocker', o.write_blocker),
	CASE WHEN EXISTS (SELECT 1 FROM property WHERE object = o.no)
		THEN '$.none' ELSE '$.properties' END)
	AS json
FROM object o LEFT JOIN collection c ON c.no = o.collection;
