//! The store: what was acknowledged survives, what failed poisons, documents and objects round-trip.
#![allow(clippy::unwrap_used, reason = "tests")]

use accord_store::{AccessLine, Batch, Fault, Faults, OBJECT_PART_BYTES, Store, StoreError};

async fn open(dir: &tempfile::TempDir, faults: Faults) -> Store {
    Store::open(&dir.path().join("node.db"), faults).await.unwrap()
}

fn sample(seq: u64) -> Batch {
    let mut batch = Batch::new();
    batch.ledger([1; 16], [2; 16], "isp.example", true);
    batch.entry([1; 16], seq, vec![seq as u8], Some(vec![9]));
    batch.checkpoint([1; 16], "note");
    batch.release(
        [1; 16],
        seq,
        "agency.example",
        5,
        &serde_json::json!({"clause": "4.1"}),
    );
    batch.document("persons", "a", &serde_json::json!({"name": "Ann"}));
    batch.object("package", vec![7; OBJECT_PART_BYTES + 1]);
    batch.access(AccessLine {
        at_ms: 1,
        actor: "a".into(),
        record: serde_json::json!({"saw": seq}),
    });
    batch
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Faults::none()).await;
    store.commit(sample(0)).await.unwrap();
    let modes: Vec<u32> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    // The database, and the log of it that SQLite keeps beside it.
    assert!(modes.len() >= 2, "{modes:?}");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    assert!(
        Store::open(&dir.path().join("absent/node.db"), Faults::none())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Faults::none()).await;
    store.commit(sample(0)).await.unwrap();
    store.commit(sample(1)).await.unwrap();
    drop(store);
    let store = open(&dir, Faults::none()).await;
    assert_eq!(store.entries([1; 16]).await.unwrap().len(), 2);
    assert_eq!(store.ledgers().await.unwrap()[0].checkpoint, "note");
    assert_eq!(
        store
            .releases()
            .await
            .unwrap()
            .iter()
            .map(|r| r.seq)
            .collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(
        store.object("package").await.unwrap().unwrap().len(),
        OBJECT_PART_BYTES + 1
    );
    assert_eq!(
        store.documents::<serde_json::Value>("persons").await.unwrap()[0].1["name"],
        "Ann"
    );
    assert_eq!(store.access_log(None, 1).await.unwrap()[0].1.record["saw"], 1);
    assert!(store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_entry_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Faults::none()).await;
    store.commit(sample(0)).await.unwrap();
    assert!(matches!(
        store.commit(sample(0)).await,
        Err(StoreError::Database(_))
    ));
    assert!(matches!(store.commit(sample(1)).await, Err(StoreError::Poisoned)));
}

#[tokio::test]
async fn a_lost_write_leaves_nothing_and_a_persisted_failure_leaves_everything() {
    for (fault, expected) in [(Fault::Lost, 1), (Fault::PersistedButFailed, 2)] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(
            &dir,
            Faults::plan(move |n| if n == 2 { fault } else { Fault::None }),
        )
        .await;
        store.commit(sample(0)).await.unwrap();
        assert!(matches!(
            store.commit(sample(1)).await,
            Err(StoreError::Injected(2))
        ));
        assert!(store.is_poisoned());
        assert!(matches!(store.commit(sample(2)).await, Err(StoreError::Poisoned)));
        drop(store);
        let store = open(&dir, Faults::none()).await;
        assert_eq!(store.entries([1; 16]).await.unwrap().len(), expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_range_of_an_object_is_what_the_whole_has_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Faults::none()).await;
    let whole: Vec<u8> = (0..3 * OBJECT_PART_BYTES + 5)
        .map(|at| (at % 251) as u8)
        .collect();
    let mut batch = Batch::new();
    batch.object("package", whole.clone());
    batch.object("other", vec![1]);
    store.commit(batch).await.unwrap();
    let part = OBJECT_PART_BYTES;
    for (offset, length) in [
        (0, 1),
        (0, whole.len() + 9),
        (part - 1, 2),
        (part, part),
        (part + 7, 2 * part),
        (3 * part, 99),
        (3 * part + 4, 1),
        (3 * part + 5, 1),
        (9 * part, 1),
        (0, 0),
    ] {
        let (total, bytes) = store
            .object_range("package", offset as u64, length)
            .await
            .unwrap()
            .unwrap();
        let expected: Vec<u8> = whole.iter().skip(offset).take(length).copied().collect();
        assert_eq!(total, whole.len() as u64);
        assert!(bytes == expected, "{length} from {offset}");
    }
    assert!(store.object_range("none", 0, 1).await.unwrap().is_none());
}
