//! What chapters do again and again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::UdpSocket;

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::nodes::Who;

/// How long something may take that happens by itself, such as a verdict on its way to where it is served.
const WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const EVERY: Duration = Duration::from_millis(20);
/// How long one answer over DNS may take.
const DNS_WITHIN: Duration = Duration::from_millis(500);
/// The marking that most notes of the story have.
const MARKING: &str = "TLP:AMBER";

/// An answer over DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// There is an address.
    Exists,
    /// NXDOMAIN (RFC 1035, section 4.1.1).
    DoesNotExist,
    /// Anything else.
    Other,
}

/// A query for the address of a name of plain labels.
fn query(name: &str) -> Vec<u8> {
    let mut packet = vec![0x17, 0x26, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        packet.push(u8::try_from(label.len()).unwrap_or(0));
        packet.extend_from_slice(label.as_bytes());
    }
    packet.extend_from_slice(&[0, 0, 1, 0, 1]);
    packet
}

/// What an answer says; `None` where it is no answer to this query.
fn said(query: &[u8], answer: &[u8]) -> Option<Named> {
    if answer.get(..2) != query.get(..2) || answer.get(2)? & 0x80 == 0 {
        return None;
    }
    let code = answer.get(3)? & 0x0f;
    let answers = u16::from_be_bytes([*answer.get(6)?, *answer.get(7)?]);
    Some(match (code, answers) {
        (0, 1..) => Named::Exists,
        (3, _) => Named::DoesNotExist,
        _ => Named::Other,
    })
}

/// Asks a DNS server for a name's address; `None`: no answer in time.
pub(super) async fn ask_dns(server: SocketAddr, name: &str) -> Result<Option<Named>, StepError> {
    let socket = UdpSocket::bind("127.0.0.1:0")
        .await
        .map_err(StepError::from_display)?;
    let query = query(name);
    socket
        .send_to(&query, server)
        .await
        .map_err(StepError::from_display)?;
    let mut buffer = [0; 2_048];
    match tokio::time::timeout(DNS_WITHIN, socket.recv_from(&mut buffer)).await {
        Ok(Ok((length, from))) if from == server => {
            Ok(said(&query, buffer.get(..length).unwrap_or_default()))
        }
        // A server that is not there yet refuses by ICMP.
        _ => Ok(None),
    }
}

/// A draft of a note.
pub(super) fn draft(title: &str, marking: &str, to: &[Who], note: Value) -> Value {
    let to: Vec<&str> = to.iter().map(|who| who.org()).collect();
    json!({ "title": title, "marking": marking, "to": to, "note": note })
}

/// An object with one field more, or another value in it.
pub(super) fn with(mut object: Value, field: &str, value: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
    object
}

/// Whether an approver of who releases is asked about each of these recipients.
pub(super) fn asks(published: &Value, about: &[Who]) -> Result<bool, StepError> {
    let decisions = list(published, "/decisions")?;
    Ok(about.iter().all(|who| {
        decisions.iter().any(|decided| {
            decided.get("to").and_then(Value::as_str) == Some(who.org())
                && decided.get("answer").and_then(Value::as_str) == Some("ask")
        })
    }))
}

impl Story<'_> {
    /// A text with its mark ([`crate::demo::marks`]).
    pub(super) fn mark(
        &mut self,
        name: &'static str,
        text: &str,
        may: &[crate::demo::marks::Reader],
    ) -> String {
        self.marks.plant(name, text, may)
    }

    /// Keeps a note's reference under a name.
    pub(super) fn keep(&mut self, name: &'static str, at: &str) {
        self.notes.insert(name, at.to_owned());
    }

    /// A note that was kept.
    pub(super) fn note_of(&self, name: &'static str) -> Result<String, StepError> {
        self.notes
            .get(name)
            .cloned()
            .ok_or_else(|| StepError::new(format!("there is no {name} yet")))
    }

    /// A secret that was kept.
    pub(super) fn secret_of(&self, name: &'static str) -> Result<String, StepError> {
        self.kept
            .get(name)
            .cloned()
            .ok_or_else(|| StepError::new(format!("there is no {name} yet")))
    }

    /// A path under the case.
    pub(super) fn of_case(&self, rest: &str) -> String {
        format!("/cases/{}{rest}", self.case)
    }

    /// Publishes a note with the usual marking, for these or, where nobody is named, every party: the whole answer.
    pub(super) async fn publish(
        &self,
        (who, sign_in): (Who, &str),
        title: &str,
        to: &[Who],
        note: Value,
    ) -> Result<Value, StepError> {
        self.at(who, sign_in)?
            .post(&self.of_case("/notes"), &draft(title, MARKING, to, note))
            .await
    }

    /// The same, keeping its reference.
    pub(super) async fn note(
        &mut self,
        name: &'static str,
        by: (Who, &str),
        title: &str,
        to: &[Who],
        note: Value,
    ) -> Result<String, StepError> {
        let published = self.publish(by, title, to, note).await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep(name, &at);
        Ok(at)
    }

    /// Lets a note go where its agreement asks an approver.
    pub(super) async fn release(&self, by: (Who, &str), note: &str, to: Who) -> Result<(), StepError> {
        self.at(by.0, by.1)?
            .post("/releases", &json!({ "note": note, "to": to.org() }))
            .await
            .map(|_| ())
    }

    /// Names an organisation's own people on the case, as its approver.
    pub(super) async fn name_members(&self, who: Who, people: &[(&str, &str)]) -> Result<(), StepError> {
        self.name_on(&self.case, who, people).await
    }

    /// The same on any case.
    pub(super) async fn name_on(
        &self,
        case: &str,
        who: Who,
        people: &[(&str, &str)],
    ) -> Result<(), StepError> {
        for (sign_in, role) in people {
            let person = self.person(who, sign_in)?.id.clone();
            self.at(who, "approver")?
                .post(
                    &format!("/cases/{case}/members"),
                    &json!({ "person": person, "roles": [role] }),
                )
                .await?;
        }
        Ok(())
    }

    /// What the ISP's node answers over HTTP about values, to who holds its audience's token.
    pub(super) async fn look_up(&self, values: &[&str]) -> Result<Value, StepError> {
        let url = format!("{}/verdict/v1/lookup", self.world.place(Who::Isp)?.url);
        let answer = self
            .http
            .post(url)
            .bearer_auth(self.secret_of("audience token")?)
            .json(&json!({ "values": values }))
            .send()
            .await
            .map_err(StepError::from_display)?;
        answer.json().await.map_err(StepError::from_display)
    }

    /// Whether the ISP's node says over HTTP that a value is to be blocked.
    pub(super) async fn is_blocked(&self, value: &str) -> Result<bool, StepError> {
        let answer = self.look_up(&[value]).await?;
        let listed = answer.pointer("/verdicts/0/listed") == Some(&Value::Bool(true));
        Ok(listed && answer.pointer("/verdicts/0/action") == Some(&json!("block")))
    }

    /// Waits until the ISP's node says so, or does no longer.
    pub(super) async fn until_blocked(&self, value: &str, blocked: bool) -> Result<bool, StepError> {
        let end = Instant::now() + WITHIN;
        while Instant::now() < end {
            if self.is_blocked(value).await? == blocked {
                return Ok(true);
            }
            tokio::time::sleep(EVERY).await;
        }
        Ok(false)
    }

    /// Waits until a number of an audience of the ISP's is at least so high: what is served follows what is known
    /// within a moment.
    pub(super) async fn until_counted(&self, number: &str, least: u64) -> Result<bool, StepError> {
        let end = Instant::now() + WITHIN;
        while Instant::now() < end {
            let audiences = self.at(Who::Isp, "operator")?.get("/audiences").await?;
            let counted = audiences.pointer(&format!("/0/{number}")).and_then(Value::as_u64);
            if counted.is_some_and(|counted| counted >= least) {
                return Ok(true);
            }
            tokio::time::sleep(EVERY).await;
        }
        Ok(false)
    }

    /// The line of a list in an answer that has this value in a field.
    pub(super) fn line_of(
        lines: &Value,
        pointer: &str,
        field: &str,
        value: &str,
    ) -> Result<Value, StepError> {
        list(lines, pointer)?
            .iter()
            .find(|line| line.get(field).and_then(Value::as_str) == Some(value))
            .cloned()
            .ok_or_else(|| StepError::new(format!("nothing at {pointer} has {value} as {field}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_over_dns_are_told_apart() {
        let query = query("a.example");
        let mut answer = query.clone();
        answer[2] |= 0x80;
        for (code, count, expected) in [
            (0, 1, Named::Exists),
            (3, 0, Named::DoesNotExist),
            (0, 0, Named::Other),
            (5, 0, Named::Other),
        ] {
            answer[3] = code;
            answer[7] = count;
            assert_eq!(said(&query, &answer), Some(expected));
        }
        assert_eq!(said(&query, &query), None, "a question is no answer");
        assert_eq!(said(&query, &[]), None);
    }
}
