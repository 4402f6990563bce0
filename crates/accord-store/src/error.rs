//! What can go wrong in the store.

/// An error of the store. None of them says anything about whether a failed commit reached the disk.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database itself.
    #[error("the node's database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(
        "the node's database has a schema this program does not know ({0}); use the version that wrote it"
    )]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A document does not have its form.
    #[error("document {id} of {collection} cannot be read: {source}; run `accord fsck`")]
    Document {
        /// The collection.
        collection: String,
        /// The document's id.
        id: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A row that no version of this program writes.
    #[error("the node's database holds a row that cannot be explained: {0}; run `accord fsck`")]
    Unexplained(String),
    /// An earlier commit failed; the node must start again from the disk.
    #[error("an earlier write failed; the node must be restarted before it writes again")]
    Poisoned,
    /// A fault injected by a test.
    #[error("injected fault at write {0}")]
    Injected(u64),
}
