//! Rules over Windows event logs: over what is rendered from them.

use std::path::Path;

use accord_logstore::{LineAt, LogStore};

use crate::support::{IMPORTED_MS, all, go, hits, ready, source};

const RULES: &str = r#"
title: Connection to the Internet from a temporary folder
id: 5b6a1f0e-6f57-4be2-8c0d-0d5b8b1a0001
logsource:
  product: windows
  category: network_connection
detection:
  s:
    Image|contains: '\Temp\'
    Initiated: 'true'
    DestinationPort: 443
  inside:
    DestinationIp|cidr: 192.168.0.0/16
  condition: s and not inside
---
title: Access to LSASS
id: 5b6a1f0e-6f57-4be2-8c0d-0d5b8b1a0002
logsource:
  product: windows
  category: process_access
detection:
  s:
    TargetImage|endswith: '\lsass.exe'
    CallTrace|contains: lsm.dll
  condition: s
---
title: A new user
id: 5b6a1f0e-6f57-4be2-8c0d-0d5b8b1a0003
logsource:
  product: windows
  service: security
detection:
  s:
    EventID: 4720
  condition: s
---
title: A known digest, anywhere
id: 5b6a1f0e-6f57-4be2-8c0d-0d5b8b1a0004
logsource:
  product: windows
  service: sysmon
detection:
  keywords:
    - 185.26.182.117
  condition: keywords
"#;

#[test]
fn events_of_a_binary_log_are_evaluated_as_any() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accord-evtx/tests/samples");
    let rules = ready(RULES);
    for (name, file) in [
        ("sysmon", "sysmon-chunk-7.evtx.gz"),
        ("security", "new-user-security.evtx.gz"),
    ] {
        store.add_source(source(name, None)).unwrap();
        let bytes = std::fs::read(samples.join(file)).unwrap();
        store.import(name, file, &mut &*bytes, IMPORTED_MS, "jo").unwrap();
    }
    let before = all(&store, &rules);
    assert_eq!(hits(&rules, &before), Vec::<String>::new());
    assert!(!before.walked.is_complete());
    for id in store.not_rendered() {
        store.render_events(&id, IMPORTED_MS, "jo").unwrap();
    }
    let result = all(&store, &rules);
    assert!(result.walked.is_complete());
    assert_eq!(result.walked.event_logs.passed_over, 2);
    assert_eq!(
        hits(&rules, &result),
        [
            "security:2 A new user",
            "sysmon:1 Access to LSASS",
            "sysmon:35 Connection to the Internet from a temporary folder",
            "sysmon:35 A known digest, anywhere",
        ]
    );
    for line in &result.lines {
        let stored = store.read_line(&line.segment, LineAt::Number(line.line)).unwrap();
        let record = store.original_event(&stored).unwrap().unwrap();
        assert!(record.bytes.starts_with(b"**\0\0"));
        // 6 March 2018 and 23 October 2013.
        let time = line.hits[0].time;
        assert!(
            !matches!(time, accord_formats::logs::LineTime::Unknown),
            "{time:?}"
        );
    }
    assert!(store.verify(None, &mut go).unwrap().is_clean());
}
