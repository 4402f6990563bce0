//! Columns of Windows events as JSON.

use super::*;

/// Elastic integrations, the fixture of event 4778 (Winlogbeat 8); EvtxECmd's output of Sysmon's event 22 as published in
/// walk-throughs of it, shortened; the event's own form as evtx_dump writes it; a flat record (NXLog `xm_json`).
#[test]
fn windows() {
    check_fields(
        LogFormat::WindowsJson,
        &[
            (
                r##"{"@timestamp":"2020-04-05T16:33:32.388Z","winlog":{"channel":"Security","computer_name":"DC_TEST2k12.TEST.SAAS","event_id":"4778","provider_name":"Microsoft-Windows-Security-Auditing","event_data":{"AccountDomain":"TEST","AccountName":"at_adm","ClientAddress":"10.100.150.9","ClientName":"EQP01777","LogonID":"0x76fea87"}},"event":{"outcome":"success"}}"##,
                Parsed,
                At(1_586_104_412_388),
                &[
                    "device.hostname=DC_TEST2k12.TEST.SAAS",
                    "activity_name=4778",
                    "user.name=at_adm",
                    "src_endpoint.ip=10.100.150.9",
                    "src_endpoint.hostname=EQP01777",
                    "status=success",
                ],
            ),
            (
                r##"{"PayloadData1":"ProcessID: 4292","UserName":"DESKTOP-887GK2L\\CyberJunkie","MapDescription":"DNSEvent (DNS query)","Computer":"DESKTOP-887GK2L","Payload":"{\"EventData\":{\"Data\":[{\"@Name\":\"RuleName\",\"#text\":\"-\"},{\"@Name\":\"QueryName\",\"#text\":\"dl.dropboxusercontent.com\"},{\"@Name\":\"QueryStatus\",\"#text\":\"0\"},{\"@Name\":\"Image\",\"#text\":\"C:\\\\Program Files\\\\Mozilla Firefox\\\\firefox.exe\"}]}}","EventId":22,"TimeCreated":"2024-02-14T03:41:26.4441194+00:00"}"##,
                Parsed,
                At(1_707_882_086_444),
                &[
                    r"user.name=DESKTOP-887GK2L\CyberJunkie",
                    "device.hostname=DESKTOP-887GK2L",
                    "query.hostname=dl.dropboxusercontent.com",
                    "status_code=0",
                    r"process.name=C:\Program Files\Mozilla Firefox\firefox.exe",
                    "activity_name=22",
                ],
            ),
            (
                r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2024-02-14T03:41:26.444119Z"}},"Computer":"pc","Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\a.exe","ProcessId":4292,"CommandLine":"a.exe -x","ParentImage":"C:\\b.exe","User":"PC\\jo","Hashes":"MD5=0123456789abcdef0123456789abcdef,IMPHASH=0123456789abcdef0123456789abcdef"}}}"##,
                Parsed,
                At(1_707_882_086_444),
                &[
                    "activity_name=1",
                    "device.hostname=pc",
                    r"process.name=C:\a.exe",
                    "process.pid=4292",
                    "process.cmd_line=a.exe -x",
                    r"process.parent_process.name=C:\b.exe",
                    r"user.name=PC\jo",
                    "file.hashes.value=0123456789abcdef0123456789abcdef",
                ],
            ),
            // The number with attributes, and data of an own form: remote desktops, the Security log cleared.
            (
                r##"{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":0},"#text":25},"TimeCreated":{"#attributes":{"SystemTime":"2024-02-14T03:41:26.4441190Z"}},"Computer":"pc"},"UserData":{"EventXML":{"#attributes":{"xmlns":"Event_NS"},"User":"PC\\jo","SessionID":2,"Address":"192.0.2.7"}}}}"##,
                Parsed,
                At(1_707_882_086_444),
                &[
                    "activity_name=25",
                    "device.hostname=pc",
                    r"user.name=PC\jo",
                    "src_endpoint.ip=192.0.2.7",
                ],
            ),
            (
                r##"{"Event":{"System":{"EventID":1102,"Computer":"pc"},"UserData":{"LogFileCleared":{"SubjectUserName":"jo","SubjectDomainName":"PC"}}}}"##,
                Parsed,
                Unknown,
                &["activity_name=1102", "device.hostname=pc", "user.name=jo"],
            ),
            (
                r##"{"EventTime":"2019-10-14 10:20:30","Hostname":"pc","EventID":3,"SourceName":"Microsoft-Windows-Sysmon","SourceIp":"192.0.2.1","SourcePort":"4711","DestinationIp":"::1","DestinationPort":443,"Protocol":"tcp"}"##,
                Parsed,
                Unknown,
                &[
                    "wall=2019-10-14 10:20:30.000",
                    "device.hostname=pc",
                    "activity_name=3",
                    "src_endpoint.ip=192.0.2.1",
                    "src_endpoint.port=4711",
                    "dst_endpoint.ip=::1",
                    "dst_endpoint.port=443",
                    "connection_info.protocol_name=tcp",
                ],
            ),
            // The text of a payload that is not whole says nothing; the rest is still read.
            (
                r##"{"EventId":22,"Payload":"{\"EventData\":","Computer":"pc"}"##,
                Parsed,
                Unknown,
                &["activity_name=22", "device.hostname=pc"],
            ),
        ],
    );
    for start in [
        "{\"@timestamp\":\"x\",\"winlog\":{\"event_id\":1}}\n",
        "{\"Event\":{\"System\":{\"EventID\":1,\"Computer\":\"a\"}}}\n",
        "{\"EventId\":22,\"Computer\":\"a\"}\n",
    ] {
        told(start, LogFormat::WindowsJson);
    }
}
