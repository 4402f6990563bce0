//! Opening, and the one writer.

use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Executor, Sqlite, Transaction};

use crate::batch::{Batch, OBJECT_PART_BYTES, Op};
use crate::error::StoreError;
use crate::faults::{Fault, Faults};

/// Connections that read at the same time.
const READERS: u32 = 4;

/// The journal of one node.
#[derive(Debug)]
pub struct Store {
    pub(crate) readers: SqlitePool,
    writer: SqlitePool,
    faults: Faults,
    poisoned: AtomicBool,
}

impl Store {
    /// Opens the journal at `path`, making it when it is not there, and brings its schema up to date.
    pub async fn open(path: &Path, faults: Faults) -> Result<Self, StoreError> {
        make_private(path)?;
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self {
            readers,
            writer,
            faults,
            poisoned: AtomicBool::new(false),
        })
    }

    /// Commits a batch, whole or not at all. After an error the state on the disk is unknown, and every later
    /// commit is refused: start again from the disk.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.poisoned.load(Ordering::SeqCst) {
            return Err(StoreError::Poisoned);
        }
        let result = self.commit_faulty(batch).await;
        if result.is_err() {
            self.poisoned.store(true, Ordering::SeqCst);
        }
        result
    }

    async fn commit_faulty(&self, batch: Batch) -> Result<(), StoreError> {
        let (number, fault) = self.faults.next();
        if fault == Fault::Lost {
            return Err(StoreError::Injected(number));
        }
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for op in batch.ops {
            apply(&mut tx, op).await?;
        }
        tx.commit().await?;
        match fault {
            Fault::PersistedButFailed => Err(StoreError::Injected(number)),
            _ => Ok(()),
        }
    }

    /// Whether an earlier commit failed.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::SeqCst)
    }

    /// Closes all connections; the write-ahead log is folded into the database.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// SQLite's own check of the file.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().filter(|row| row != "ok").collect())
    }
}

/// Makes the file, where there is none, for its owner alone: it holds secrets. SQLite gives what it puts beside it the
/// same permissions.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(sqlx::Error::Io(error).into()),
    }
}

/// Sequence numbers and times are below 2^63 by far; a larger one is a fault of the caller that SQL refuses.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(-1)
}

async fn apply(tx: &mut Transaction<'_, Sqlite>, op: Op) -> Result<(), StoreError> {
    let query = match op {
        Op::Ledger { id, space, org, own } => sqlx::query(
            "INSERT INTO ledgers (id, space, org, own, checkpoint) VALUES ($1, $2, $3, $4, '') ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.to_vec())
        .bind(space.to_vec())
        .bind(org)
        .bind(own),
        Op::Checkpoint { ledger, note } => {
            sqlx::query("UPDATE ledgers SET checkpoint = $2 WHERE id = $1").bind(ledger.to_vec()).bind(note)
        }
        Op::Entry { ledger, seq, header, payload } => {
            sqlx::query("INSERT INTO entries (ledger, seq, header, payload) VALUES ($1, $2, $3, $4)")
                .bind(ledger.to_vec())
                .bind(int(seq))
                .bind(header)
                .bind(payload)
        }
        Op::Payload { ledger, seq, payload } => {
            sqlx::query("UPDATE entries SET payload = $3 WHERE ledger = $1 AND seq = $2")
                .bind(ledger.to_vec())
                .bind(int(seq))
                .bind(payload)
        }
        Op::Release { ledger, seq, org, decided_ms, decision } => sqlx::query(
            "INSERT INTO releases (ledger, seq, org, decided_ms, decision) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ledger, seq, org) DO NOTHING",
        )
        .bind(ledger.to_vec())
        .bind(int(seq))
        .bind(org)
        .bind(int(decided_ms))
        .bind(decision),
        Op::Cosignature { ledger, org, size, line } => sqlx::query(
            "INSERT INTO cosignatures (ledger, org, size, line) VALUES ($1, $2, $3, $4)
             ON CONFLICT (ledger, org) DO UPDATE SET size = excluded.size, line = excluded.line WHERE excluded.size >= cosignatures.size",
        )
        .bind(ledger.to_vec())
        .bind(org)
        .bind(int(size))
        .bind(line),
        Op::Fork { id, ledger, found_ms, proof } => sqlx::query(
            "INSERT INTO forks (id, ledger, found_ms, proof) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(ledger.to_vec())
        .bind(int(found_ms))
        .bind(proof),
        Op::Document { collection, id, record } => sqlx::query(
            "INSERT INTO documents (collection, id, record) VALUES ($1, $2, $3)
             ON CONFLICT (collection, id) DO UPDATE SET record = excluded.record",
        )
        .bind(collection)
        .bind(id)
        .bind(record),
        Op::Remove { collection, id } => {
            sqlx::query("DELETE FROM documents WHERE collection = $1 AND id = $2").bind(collection).bind(id)
        }
        Op::RemoveObject { id } => sqlx::query("DELETE FROM objects WHERE id = $1").bind(id),
        Op::Access(line) => sqlx::query("INSERT INTO access_log (at_ms, actor, record) VALUES ($1, $2, $3)")
            .bind(int(line.at_ms))
            .bind(line.actor)
            .bind(line.record.to_string()),
        Op::Object { id, bytes } => {
            tx.execute(sqlx::query("DELETE FROM objects WHERE id = $1").bind(id.clone())).await?;
            for (part, chunk) in (0_i64..).zip(bytes.chunks(OBJECT_PART_BYTES)) {
                tx.execute(
                    sqlx::query("INSERT INTO objects (id, part, bytes) VALUES ($1, $2, $3)")
                        .bind(id.clone())
                        .bind(part)
                        .bind(chunk.to_vec()),
                )
                .await?;
            }
            return Ok(());
        }
    };
    tx.execute(query).await?;
    Ok(())
}
