-- The journal of one node. SQL that PostgreSQL also takes, but for the types' names.
-- Ids are BLOBs, times BIGINT milliseconds since the Unix epoch (UTC), documents JSON text.

CREATE TABLE ledgers (
    id         BLOB    NOT NULL PRIMARY KEY,
    space      BLOB    NOT NULL,
    org        TEXT    NOT NULL,
    own        BOOLEAN NOT NULL,
    -- The newest checkpoint known, a signed note; empty until there is one.
    checkpoint TEXT    NOT NULL
);

CREATE TABLE entries (
    ledger  BLOB   NOT NULL,
    seq     BIGINT NOT NULL,
    header  BLOB   NOT NULL,
    -- NULL: withheld from this node, or removed.
    payload BLOB,
    PRIMARY KEY (ledger, seq)
);

-- What left, or may leave, to whom and under which clause. `id` is the cursor that peers follow.
CREATE TABLE releases (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ledger     BLOB    NOT NULL,
    seq        BIGINT  NOT NULL,
    org        TEXT    NOT NULL,
    decided_ms BIGINT  NOT NULL,
    decision   TEXT    NOT NULL,
    UNIQUE (ledger, seq, org)
);

CREATE TABLE cosignatures (
    ledger BLOB   NOT NULL,
    org    TEXT   NOT NULL,
    size   BIGINT NOT NULL,
    line   TEXT   NOT NULL,
    PRIMARY KEY (ledger, org)
);

CREATE TABLE forks (
    id       TEXT   NOT NULL PRIMARY KEY,
    ledger   BLOB   NOT NULL,
    found_ms BIGINT NOT NULL,
    proof    BLOB   NOT NULL
);

-- Typed records of the service that are kept whole: persons, peers, sessions, drafts, previews.
CREATE TABLE documents (
    collection TEXT NOT NULL,
    id         TEXT NOT NULL,
    record     TEXT NOT NULL,
    PRIMARY KEY (collection, id)
);

CREATE TABLE objects (
    id    TEXT   NOT NULL,
    part  BIGINT NOT NULL,
    bytes BLOB   NOT NULL,
    PRIMARY KEY (id, part)
);

-- Who looked at, searched, exported, decided what. Append only.
CREATE TABLE access_log (
    id     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at_ms  BIGINT  NOT NULL,
    actor  TEXT    NOT NULL,
    record TEXT    NOT NULL
);
