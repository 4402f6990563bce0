//! Reading. Every list has a stated order.

use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::batch::{AccessLine, OBJECT_PART_BYTES};
use crate::error::StoreError;
use crate::store::Store;

/// A ledger as stored.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    /// Its id.
    pub id: [u8; 16],
    /// The space it belongs to.
    pub space: [u8; 16],
    /// The organisation that writes it.
    pub org: String,
    /// Whether this node writes it.
    pub own: bool,
    /// The newest checkpoint known, empty when there is none.
    pub checkpoint: String,
}

/// An entry as stored.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// Position from 0.
    pub seq: u64,
    /// Encoded header.
    pub header: Vec<u8>,
    /// Encoded payload, `None` when withheld or removed.
    pub payload: Option<Vec<u8>>,
}

/// A release as stored.
#[derive(Debug, Clone)]
pub struct ReleaseRow {
    /// In the order of the releases.
    pub id: u64,
    /// The entry's ledger.
    pub ledger: [u8; 16],
    /// The entry's position.
    pub seq: u64,
    /// To whom.
    pub org: String,
    /// When it was decided, ms UTC.
    pub decided_ms: u64,
    /// The decision, JSON.
    pub decision: String,
}

fn id16(row: &SqliteRow, column: &str) -> Result<[u8; 16], StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes
        .try_into()
        .map_err(|_| StoreError::Unexplained(format!("{column} is not 16 bytes")))
}

fn count(row: &SqliteRow, column: &str) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| StoreError::Unexplained(format!("{column} is {value}")))
}

impl Store {
    /// All ledgers, by id.
    pub async fn ledgers(&self) -> Result<Vec<LedgerRow>, StoreError> {
        let rows = sqlx::query("SELECT id, space, org, own, checkpoint FROM ledgers ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(LedgerRow {
                    id: id16(row, "id")?,
                    space: id16(row, "space")?,
                    org: row.try_get("org")?,
                    own: row.try_get("own")?,
                    checkpoint: row.try_get("checkpoint")?,
                })
            })
            .collect()
    }

    /// The entries of a ledger, by position.
    pub async fn entries(&self, ledger: [u8; 16]) -> Result<Vec<EntryRow>, StoreError> {
        let rows = sqlx::query("SELECT seq, header, payload FROM entries WHERE ledger = $1 ORDER BY seq")
            .bind(ledger.to_vec())
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(EntryRow {
                    seq: count(row, "seq")?,
                    header: row.try_get("header")?,
                    payload: row.try_get("payload")?,
                })
            })
            .collect()
    }

    /// All releases, by id.
    pub async fn releases(&self) -> Result<Vec<ReleaseRow>, StoreError> {
        let rows = sqlx::query("SELECT id, ledger, seq, org, decided_ms, decision FROM releases ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ReleaseRow {
                    id: count(row, "id")?,
                    ledger: id16(row, "ledger")?,
                    seq: count(row, "seq")?,
                    org: row.try_get("org")?,
                    decided_ms: count(row, "decided_ms")?,
                    decision: row.try_get("decision")?,
                })
            })
            .collect()
    }

    /// All cosignatures: ledger, organisation, size, signature line.
    pub async fn cosignatures(&self) -> Result<Vec<([u8; 16], String, u64, String)>, StoreError> {
        let rows = sqlx::query("SELECT ledger, org, size, line FROM cosignatures ORDER BY ledger, org")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    id16(row, "ledger")?,
                    row.try_get("org")?,
                    count(row, "size")?,
                    row.try_get("line")?,
                ))
            })
            .collect()
    }

    /// All proofs of forks: id, ledger, when found, proof.
    pub async fn forks(&self) -> Result<Vec<(String, [u8; 16], u64, Vec<u8>)>, StoreError> {
        let rows = sqlx::query("SELECT id, ledger, found_ms, proof FROM forks ORDER BY found_ms, id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.try_get("id")?,
                    id16(row, "ledger")?,
                    count(row, "found_ms")?,
                    row.try_get("proof")?,
                ))
            })
            .collect()
    }

    /// All documents of a collection, by id.
    pub async fn documents<T: DeserializeOwned>(
        &self,
        collection: &'static str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let rows = sqlx::query("SELECT id, record FROM documents WHERE collection = $1 ORDER BY id")
            .bind(collection)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get("id")?;
                let record: String = row.try_get("record")?;
                match serde_json::from_str(&record) {
                    Ok(record) => Ok((id, record)),
                    Err(source) => Err(StoreError::Document {
                        collection: collection.to_owned(),
                        id,
                        source,
                    }),
                }
            })
            .collect()
    }

    /// An object, whole; `None` when there is none.
    pub async fn object(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let parts: Vec<Vec<u8>> = sqlx::query_scalar("SELECT bytes FROM objects WHERE id = $1 ORDER BY part")
            .bind(id)
            .fetch_all(&self.readers)
            .await?;
        Ok(if parts.is_empty() {
            None
        } else {
            Some(parts.concat())
        })
    }

    /// The length of an object, and at most `length` of its bytes from `offset` on; `None` when there is none.
    /// Only the parts that hold them are read.
    pub async fn object_range(
        &self,
        id: &str,
        offset: u64,
        length: usize,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let total: Option<i64> = sqlx::query_scalar("SELECT SUM(LENGTH(bytes)) FROM objects WHERE id = $1")
            .bind(id)
            .fetch_one(&self.readers)
            .await?;
        let Some(total) = total else { return Ok(None) };
        let total = u64::try_from(total).map_err(|_| StoreError::Unexplained(format!("length of {id}")))?;
        let end = offset.saturating_add(length as u64).min(total);
        if offset >= end {
            return Ok(Some((total, Vec::new())));
        }
        let part = OBJECT_PART_BYTES as u64;
        let (first, last) = (offset / part, (end - 1) / part);
        let int = |value| i64::try_from(value).unwrap_or(i64::MAX);
        let parts: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT bytes FROM objects WHERE id = $1 AND part >= $2 AND part <= $3 ORDER BY part",
        )
        .bind(id)
        .bind(int(first))
        .bind(int(last))
        .fetch_all(&self.readers)
        .await?;
        let skip = usize::try_from(offset % part).unwrap_or(usize::MAX);
        let take = usize::try_from(end - offset).unwrap_or(usize::MAX);
        let bytes: Vec<u8> = parts.into_iter().flatten().skip(skip).take(take).collect();
        if bytes.len() != take {
            return Err(StoreError::Unexplained(format!("{id} lacks a part")));
        }
        Ok(Some((total, bytes)))
    }

    /// The ids of all objects, in order.
    pub async fn object_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT DISTINCT id FROM objects ORDER BY id")
            .fetch_all(&self.readers)
            .await?)
    }

    /// The newest lines of the access log before `before` (exclusive; `None` for the newest), newest first.
    pub async fn access_log(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, AccessLine)>, StoreError> {
        let before = before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT id, at_ms, actor, record FROM access_log WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let record: String = row.try_get("record")?;
                let id = count(row, "id")?;
                let record = serde_json::from_str(&record).map_err(|source| StoreError::Document {
                    collection: "access_log".to_owned(),
                    id: id.to_string(),
                    source,
                })?;
                Ok((
                    id,
                    AccessLine {
                        at_ms: count(row, "at_ms")?,
                        actor: row.try_get("actor")?,
                        record,
                    },
                ))
            })
            .collect()
    }
}
