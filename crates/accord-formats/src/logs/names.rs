//! The words that many programs use for the same thing: for JSON of no known kind, CSV headers and `name=value` text.
//!
//! A name is compared in lower case, with `_` for every other separator and for the dot between nested keys, so that
//! `src-ip`, `Source IP` and `{"source":{"ip":...}}` meet. The names are those of the Elastic Common Schema, of the usual
//! firewalls, of `iptables` and of CEF.

use super::fields::Column;

/// The longest path of names compared, bytes; a longer one is no column.
const PATH_MAX_BYTES: usize = 256;

/// The names of times in a header, the best first.
const TIMES: [&str; 16] = [
    "@timestamp",
    "timestamp",
    "ts",
    "time",
    "eventtime",
    "event_time",
    "datetime",
    "date",
    "_time",
    "date_time",
    "timecreated",
    "time_created",
    "start_time",
    "created_at",
    "event_created",
    "logtime",
];

/// Which time a name is, 0 the best; nothing where it is none.
pub(super) fn time_rank(name: &str) -> Option<usize> {
    TIMES.iter().position(|time| *time == name)
}

/// Adds a key to a path of them, as it is compared.
pub(super) fn join(path: &mut String, key: &str) {
    if path.len() + key.len() >= PATH_MAX_BYTES {
        // Longer than any name: what is under it is no column.
        path.push('\u{fffd}');
        return;
    }
    if !path.is_empty() {
        path.push('_');
    }
    path.extend(key.chars().map(|letter| match letter {
        '.' | '-' | ' ' | '/' | ':' => '_',
        _ => letter.to_ascii_lowercase(),
    }));
}

/// A single name as it is compared.
pub(super) fn normal(name: &[u8]) -> String {
    let mut path = String::new();
    join(&mut path, String::from_utf8_lossy(name).trim());
    path
}

/// The column of a name, or of a path of them.
pub(super) fn column(name: &str) -> Option<Column> {
    Some(match name {
        "src" | "src_ip" | "srcip" | "source_ip" | "sourceip" | "source_address" | "sourceaddress"
        | "src_addr" | "srcaddr" | "source" | "client_ip" | "clientip" | "client_address" | "client"
        | "remote_addr" | "remote_ip" | "remoteaddr" | "remote_address" | "ip" | "ip_address"
        | "ipaddress" | "id_orig_h" | "c_ip" | "saddr" | "peer_ip" | "rhost" | "x_real_ip"
        | "src_endpoint_ip" | "sip" | "callingip" => Column::SourceAddress,
        "src_port" | "srcport" | "source_port" | "sourceport" | "client_port" | "remote_port" | "spt"
        | "sport" | "id_orig_p" | "c_port" | "src_endpoint_port" => Column::SourcePort,
        "src_host"
        | "srchost"
        | "source_host"
        | "source_hostname"
        | "client_name"
        | "client_hostname"
        | "source_domain"
        | "shost"
        | "src_endpoint_hostname"
        | "workstation" => Column::SourceHost,
        "src_mac" | "srcmac" | "source_mac" | "mac" | "mac_address" | "client_mac" | "smac" | "hwaddr" => {
            Column::SourceMac
        }
        "dst"
        | "dst_ip"
        | "dstip"
        | "dest_ip"
        | "destip"
        | "destination_ip"
        | "destinationip"
        | "destination_address"
        | "dst_addr"
        | "dstaddr"
        | "dest"
        | "destination"
        | "server_ip"
        | "server_addr"
        | "server_address"
        | "id_resp_h"
        | "s_ip"
        | "daddr"
        | "dst_endpoint_ip"
        | "dip" => Column::DestinationAddress,
        "dst_port" | "dstport" | "dest_port" | "destport" | "destination_port" | "destinationport"
        | "server_port" | "dpt" | "dport" | "id_resp_p" | "s_port" | "dst_endpoint_port" => {
            Column::DestinationPort
        }
        "dst_host"
        | "dsthost"
        | "dest_host"
        | "destination_host"
        | "destination_hostname"
        | "destination_domain"
        | "dhost"
        | "dst_endpoint_hostname" => Column::DestinationHost,
        "nat_src_ip" | "nat_source_address" | "translated_ip" | "public_ip" | "external_ip"
        | "source_nat_ip" | "transip" | "natip" | "reflexive_ip" | "xsaddr" => Column::TranslatedAddress,
        "nat_src_port" | "nat_source_port" | "translated_port" | "public_port" | "external_port"
        | "source_nat_port" | "portbegin" | "block_port_low" | "port_start" | "xsport" => {
            Column::TranslatedPort
        }
        "portend" | "block_port_high" | "port_end" => Column::TranslatedPortLast,
        "proto" | "protocol" | "transport" | "network_transport" | "ip_proto" | "protocol_id" => {
            Column::Protocol
        }
        "host" | "host_name" | "hostname" | "computer" | "computer_name" | "computername" | "device"
        | "devname" | "dvchost" | "device_hostname" | "observer_name" | "agent_hostname" => Column::Device,
        "query" | "qname" | "query_name" | "queryname" | "rrname" | "dns_question_name" | "question"
        | "dns_query" | "query_hostname" => Column::QueryName,
        "qtype" | "query_type" | "qtype_name" | "rrtype" | "dns_question_type" => Column::QueryType,
        "answer" | "answers" | "rdata" | "dns_answers_data" | "dns_resolved_ip" => Column::Answer,
        "url"
        | "uri"
        | "request_uri"
        | "request_url"
        | "url_full"
        | "url_original"
        | "path"
        | "url_path"
        | "cs_uri"
        | "http_request_url_url_string" => Column::Url,
        "http_host" | "url_domain" | "vhost" | "virtual_host" => Column::UrlHost,
        "method"
        | "http_method"
        | "request_method"
        | "http_request_method"
        | "requestmethod"
        | "cs_method" => Column::Method,
        "referer" | "referrer" | "http_referer" | "http_referrer" | "http_request_referrer" => {
            Column::Referrer
        }
        "user_agent"
        | "useragent"
        | "http_user_agent"
        | "agent"
        | "user_agent_original"
        | "ua"
        | "requestclientapplication"
        | "http_request_user_agent" => Column::UserAgent,
        "sni" | "tls_sni" | "server_name" | "servername" | "tls_client_server_name" => Column::ServerName,
        "user" | "username" | "user_name" | "account" | "login" | "suser" | "duser" | "remote_user"
        | "logname" | "srcuser" | "actor_user_name" => Column::User,
        "session" | "session_id" | "sessionid" | "flow_id" | "session_uid" => Column::Session,
        "from" | "mail_from" | "mailfrom" | "sender" | "email_from" | "email_from_address" => {
            Column::EmailFrom
        }
        "to" | "rcpt_to" | "rcptto" | "recipient" | "recipients" | "email_to" | "email_to_address" => {
            Column::EmailTo
        }
        "process" | "process_name" | "processname" | "image" | "process_executable" | "exe" | "program"
        | "comm" | "sproc" => Column::Process,
        "pid" | "process_id" | "processid" | "process_pid" => Column::ProcessId,
        "command_line"
        | "commandline"
        | "cmdline"
        | "cmd"
        | "command"
        | "process_command_line"
        | "process_cmd_line" => Column::CommandLine,
        "parent_image"
        | "parentimage"
        | "process_parent_name"
        | "process_parent_executable"
        | "parent_process" => Column::ParentProcess,
        "file" | "filename" | "file_name" | "file_path" | "filepath" | "fname" | "targetfilename" => {
            Column::File
        }
        "hash"
        | "hashes"
        | "md5"
        | "sha1"
        | "sha256"
        | "sha512"
        | "file_hash"
        | "filehash"
        | "file_hash_md5"
        | "file_hash_sha1"
        | "file_hash_sha256"
        | "process_hash_md5"
        | "process_hash_sha1"
        | "process_hash_sha256" => Column::FileHash,
        "action" | "act" | "verdict" | "disposition" | "event_action" => Column::Action,
        "activity" | "activity_name" | "event_type" | "eventtype" | "event_name" | "eventname" | "event"
        | "operation" => Column::Activity,
        "status" | "result" | "outcome" | "event_outcome" | "rcode" | "rcode_name" | "dns_response_code" => {
            Column::Status
        }
        "status_code"
        | "statuscode"
        | "http_status"
        | "response_code"
        | "http_response_status_code"
        | "sc_status" => Column::StatusCode,
        "bytes_in" | "bytesin" | "resp_bytes" | "rcvdbyte" | "received_bytes" | "bytes_received"
        | "body_bytes_sent" | "bytes_sent" | "destination_bytes" | "sc_bytes" | "in" => Column::BytesIn,
        "bytes_out" | "bytesout" | "orig_bytes" | "sentbyte" | "request_length" | "source_bytes"
        | "cs_bytes" | "out" => Column::BytesOut,
        "lease_time" | "lease_duration" | "lease_dur" => Column::LeaseSeconds,
        "signature" | "rule_name" | "alert" | "threat" | "threat_name" | "alert_signature" | "finding" => {
            Column::Finding
        }
        "message" | "msg" | "log" => Column::Message,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_meet() {
        for (keys, expected) in [
            (vec!["src-ip"], Some(Column::SourceAddress)),
            (vec!["Source IP"], Some(Column::SourceAddress)),
            (vec!["source", "ip"], Some(Column::SourceAddress)),
            (vec!["id.orig_h"], Some(Column::SourceAddress)),
            (
                vec!["process", "parent", "executable"],
                Some(Column::ParentProcess),
            ),
            (vec!["process", "hash", "sha256"], Some(Column::FileHash)),
            (vec!["", "ip"], Some(Column::SourceAddress)),
            (vec!["colour"], None),
        ] {
            let mut path = String::new();
            keys.iter().for_each(|key| join(&mut path, key));
            assert_eq!(column(&path), expected, "{path}");
        }
        assert_eq!(normal(b" Client-IP "), "client_ip");
        assert_eq!(time_rank("@timestamp"), Some(0));
        assert_eq!(time_rank("colour"), None);
    }

    #[test]
    fn a_path_past_its_limit_is_no_column() {
        let mut path = "x".repeat(PATH_MAX_BYTES - 3);
        join(&mut path, "ab");
        assert_eq!(path.len(), PATH_MAX_BYTES);
        join(&mut path, "ip");
        assert!(path.len() < PATH_MAX_BYTES + 8);
        assert_eq!(column(&path), None);
    }
}
