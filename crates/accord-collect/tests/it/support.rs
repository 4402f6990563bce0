//! What these tests share: a node with a store and collectors, and waiting for what must come.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accord_collect::{
    CollectSettings, CollectorStatus, Collectors, Count, HttpSettings, Plan, SpoolSettings, Store,
    SyslogSettings,
};
use accord_logstore::{FormatSetting, LineAt, LogStore, OriginPlace, SourceConfig, SpoolPlace};

/// The longest that anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn open_store(dir: &std::path::Path) -> Arc<LogStore> {
    let store = LogStore::open(dir).unwrap();
    store
        .add_source(SourceConfig {
            name: "isp".to_owned(),
            description: "for tests".to_owned(),
            format: FormatSetting::Auto,
            customers: Vec::new(),
            time_zone: String::new(),
            clock_offset_ms: None,
            ordinary_course: true,
            custodian: "network operations".to_owned(),
        })
        .unwrap();
    Arc::new(store)
}

/// Segments at once, so that tests need not wait for their age.
pub fn quick() -> SpoolSettings {
    SpoolSettings {
        segment_bytes: 1 << 20,
        segment_age_s: 0,
        sync_ms: 20,
        spool_bytes: 1 << 24,
    }
}

pub fn syslog() -> SyslogSettings {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut settings: SyslogSettings = toml::from_str(
        "name = \"edge\"\nsource = \"isp\"\nsenders = [\"127.0.0.0/8\"]\nmessage_bytes = 1000\n",
    )
    .unwrap();
    settings.udp = Some(any);
    settings.tcp = Some(any);
    settings.spool = quick();
    settings
}

pub fn http() -> HttpSettings {
    HttpSettings {
        name: "api".to_owned(),
        source: "isp".to_owned(),
        machines_file: None,
        key_window_s: 3600,
        max_senders: 10,
        spool: quick(),
    }
}

pub struct Node {
    pub dir: tempfile::TempDir,
    pub store: Arc<LogStore>,
    pub collectors: Collectors,
}

pub fn plan(store: Arc<dyn Store>, settings: CollectSettings, dir: &tempfile::TempDir) -> Plan {
    Plan::new(store, settings, dir.path().join("spool"))
}

impl Node {
    pub async fn start(settings: CollectSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open_store(&dir.path().join("store"));
        let collectors = Collectors::start(plan(store.clone(), settings, &dir)).await;
        Self {
            store,
            collectors: collectors.unwrap(),
            dir,
        }
    }

    pub async fn syslog(settings: SyslogSettings) -> Self {
        Self::start(CollectSettings {
            syslog: vec![settings],
            ..CollectSettings::default()
        })
        .await
    }

    pub fn status(&self) -> CollectorStatus {
        self.collectors.status().remove(0)
    }

    pub fn address(&self, transport: &str) -> SocketAddr {
        let status = self.status();
        let found = status.listening.iter().find(|(name, _)| *name == transport);
        found.unwrap().1
    }

    pub fn counted(&self, what: Count) -> u64 {
        self.status().counts.get(&what).copied().unwrap_or(0)
    }

    pub async fn counts(&self, what: Count, least: u64) {
        until(what.name(), || self.counted(what) >= least).await;
    }

    /// Everything in segments, in the order of the segments.
    pub fn log(&self) -> Vec<u8> {
        log_of(&self.store)
    }

    pub async fn has(&self, expected: &str) {
        until(expected, || self.log().len() >= expected.len()).await;
        assert_eq!(String::from_utf8_lossy(&self.log()), expected);
    }

    pub fn places(&self) -> Vec<SpoolPlace> {
        let segments = self.store.segments();
        let places = segments
            .iter()
            .filter_map(|segment| match &segment.manifest.origin.as_ref()?.at {
                OriginPlace::Spool(place) => Some(place.clone()),
                OriginPlace::File(_) => None,
            });
        places.collect()
    }

    pub fn spool(&self, name: &str) -> PathBuf {
        self.dir.path().join("spool").join(name)
    }
}

pub fn log_of(store: &LogStore) -> Vec<u8> {
    let mut log = Vec::new();
    for segment in store.segments() {
        for number in 1..=segment.manifest.lines.total() {
            log.extend(
                store
                    .read_line(segment.id(), LineAt::Number(number))
                    .unwrap()
                    .bytes,
            );
        }
    }
    log
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
