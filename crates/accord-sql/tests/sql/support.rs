//! What the tests share: a store of three small logs, questions to it, and the worker.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use accord_logstore::{FormatSetting, LogStore, SourceConfig};
use accord_sql::{Error, Indicator, Outcome, Progress, Question, Worker, answer};

pub const DNS: &str = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\n\
#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tstring\tvector[string]\n\
1711152000.250000\tC1\t10.0.0.1\t40001\t192.0.2.53\t53\tudp\twww.example.com\tA\tNOERROR\t192.0.2.80,192.0.2.81\n\
1711152001.000000\tC2\t10.0.0.2\t40002\t192.0.2.53\t53\tudp\tevil.example\tA\tNOERROR\t203.0.113.9\n\
1711155600.000000\tC3\t10.0.0.1\t40003\t192.0.2.53\t53\tudp\tnone.example\tA\tNXDOMAIN\t-\n\
this line is broken\n\
1711238400.000000\tC4\t10.0.0.3\t40004\t2001:db8::53\t53\tudp\twww.example.com\tAAAA\tNOERROR\t2001:db8::80\n";

pub const WEB: &str = "\
10.0.0.1 - - [23/Mar/2024:00:00:05 +0000] \"GET /index.html HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n\
10.0.0.2 - - [23/Mar/2024:01:00:05 +0000] \"GET /admin HTTP/1.1\" 404 20 \"-\" \"curl/8.0\"\n\
10.0.0.2 - - [23/Mar/2024:01:00:06 +0000] \"GET /admin/x HTTP/1.1\" 403 21 \"-\" \"=cmd|'/C calc'!A0\"\n\
10.0.0.3 - - [24/Mar/2024:02:00:05 +0000] \"POST /login HTTP/1.1\" 500 9000000000 \"-\" \"Mozilla/5.0\"\n";

pub const SSH: &str = "\
2024-03-23T00:10:00Z gate sshd[100]: Failed password for root from 10.0.0.2 port 50000 ssh2\n\
2024-03-23T00:10:02Z gate sshd[101]: Failed password for invalid user admin from 10.0.0.2 port 50001 ssh2\n\
2024-03-23T00:10:09Z gate sshd[102]: Accepted password for root from 10.0.0.2 port 50002 ssh2\n\
2024-03-23T08:00:00Z gate sshd[103]: Accepted publickey for deploy from 10.0.0.9 port 50003 ssh2\n";

pub fn source(name: &str) -> SourceConfig {
    SourceConfig {
        name: name.to_owned(),
        description: "for tests".to_owned(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: String::new(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "network operations".to_owned(),
    }
}

pub fn import(store: &LogStore, source: &str, name: &str, log: &[u8]) {
    store
        .import(source, name, &mut &*log, 1_735_689_600_000, "jo")
        .unwrap();
}

/// A store with three sources of one segment each, and one without.
pub struct Small {
    pub folder: tempfile::TempDir,
    pub store: LogStore,
}

pub fn small() -> Small {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    for (name, log) in [("dns", DNS), ("web-1", WEB), ("auth", SSH), ("empty", "")] {
        store.add_source(source(name)).unwrap();
        if !log.is_empty() {
            import(&store, name, "given.log", log.as_bytes());
        }
    }
    Small { folder, store }
}

pub fn question(store: &Path, statement: &str) -> Question {
    Question::new(store, statement)
}

pub fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn ask(question: &Question, indicators: Option<&[Indicator]>) -> (String, Result<Outcome, Error>) {
    let mut sink = Vec::new();
    let told = answer(question, indicators.map(<[_]>::to_vec), &mut sink, &mut go);
    (String::from_utf8(sink).unwrap(), told)
}

/// The answer of a question that has one.
pub fn rows(store: &Path, statement: &str) -> (String, Outcome) {
    let (text, told) = ask(&question(store, statement), None);
    let outcome = told.unwrap_or_else(|error| panic!("{statement}: {error}"));
    (text, outcome)
}

pub fn error(store: &Path, statement: &str) -> Error {
    ask(&question(store, statement), None)
        .1
        .map(|outcome| format!("{statement}: {outcome:?}"))
        .unwrap_err()
}

pub fn indicator(kind: &str, value: &str, labels: &[&str]) -> Indicator {
    Indicator {
        kind: kind.to_owned(),
        value: value.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}

/// The worker, with a folder for its temporary folders that must be empty at the end.
pub struct WithWorker {
    pub spill_in: tempfile::TempDir,
    pub worker: Worker,
}

pub fn worker() -> WithWorker {
    let spill_in = tempfile::tempdir().unwrap();
    let worker = Worker {
        program: PathBuf::from(env!("CARGO_BIN_EXE_accord-sql-worker")),
        arguments: Vec::new(),
        spill_in: spill_in.path().to_path_buf(),
    };
    WithWorker { spill_in, worker }
}

impl WithWorker {
    pub fn ask(&self, question: &Question, indicators: &[Indicator]) -> (String, Result<Outcome, Error>) {
        let into = tempfile::NamedTempFile::new().unwrap();
        let results = Stdio::from(into.reopen().unwrap());
        let told = self
            .worker
            .ask(question, &mut indicators.iter().cloned(), results, &mut go);
        let left = std::fs::read_dir(self.spill_in.path()).unwrap().count();
        assert_eq!(left, 0, "temporary files are left");
        (std::fs::read_to_string(into.path()).unwrap(), told)
    }
}
