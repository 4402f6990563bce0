//! NOTIFY (RFC 1996): resolvers are told that a policy zone has changed, and come for it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name};
use domain::tsig::ClientTransaction;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::timeout;

use super::key::TransferKey;
use super::transfer::time;
use crate::dns::ZoneName;
use crate::snapshots::Snapshots;

/// How long an acknowledgement is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Times that a resolver is told. After that it finds out by itself: its zone's refresh is a minute.
const TRIES: u16 = 3;

/// An audience and a resolver of it.
type Target = (String, SocketAddr);

/// Whom a task is telling just now. Who is being told is told again if more changed meanwhile, by the same task: a
/// resolver that is down keeps one task busy, and delays no other.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<BTreeSet<Target>>>);

impl Busy {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeSet<Target>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells resolvers of changes until told to stop.
pub(crate) async fn notify_changes(snapshots: Snapshots, mut stopped: watch::Receiver<bool>) {
    let mut changes = snapshots.changes();
    let mut seen: BTreeMap<Target, u32> = BTreeMap::new();
    let busy = Busy::default();
    loop {
        changes.borrow_and_update();
        for audience in snapshots.audiences() {
            let Some(rpz) = audience.config.rpz() else {
                continue;
            };
            let serial = audience.snapshot().serial();
            for &resolver in &rpz.notify {
                let target = (audience.name().to_owned(), resolver);
                let is_new = seen.insert(target.clone(), serial) != Some(serial);
                if is_new && busy.with(|busy| busy.insert(target.clone())) {
                    tokio::spawn(tell_all(target, snapshots.clone(), busy.clone(), stopped.clone()));
                }
            }
        }
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// Tells one resolver, until nothing has changed while it was told.
async fn tell_all(target: Target, snapshots: Snapshots, busy: Busy, stopped: watch::Receiver<bool>) {
    let (name, resolver) = &target;
    let mut told = None;
    loop {
        // Looked at under the lock: a change after it finds the target free, one before it is seen here.
        let next = busy.with(|busy| {
            let audience = snapshots.audience(name);
            let next =
                audience.filter(|audience| told != Some(audience.snapshot().serial()) && !*stopped.borrow());
            if next.is_none() {
                busy.remove(&target);
            }
            next
        });
        let Some(audience) = next else { return };
        told = Some(audience.snapshot().serial());
        let Some((rpz, key)) = audience
            .config
            .rpz()
            .and_then(|rpz| Some((rpz, rpz.keys.first()?)))
        else {
            continue;
        };
        let zone = &rpz.zone;
        match tell(*resolver, zone, key, &snapshots).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(%resolver, %zone, "a resolver did not acknowledge a change"),
            Err(why) => tracing::warn!(%resolver, %zone, %why, "a resolver could not be told of a change"),
        }
    }
}

/// Whether the resolver acknowledged.
async fn tell(
    resolver: SocketAddr,
    zone: &ZoneName,
    key: &TransferKey,
    snapshots: &Snapshots,
) -> io::Result<bool> {
    let local: SocketAddr = if resolver.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(resolver).await?;
    // The port is the system's choice: an id of the zone and the try is as good as any, the signature is the proof.
    for id in 1..=TRIES {
        let now_s = snapshots.clock().now_ms() / 1000;
        let Some((message, transaction)) = notification(zone, key, id, now_s) else {
            return Ok(false);
        };
        socket.send(&message).await?;
        let mut answer = vec![0; 512];
        if let Ok(received) = timeout(ANSWER_WITHIN, socket.recv(&mut answer)).await {
            answer.truncate(received?);
            let Ok(mut answer) = Message::from_octets(answer) else {
                continue;
            };
            let is_authentic = transaction.answer(&mut answer, time(now_s)).is_ok();
            if is_authentic && answer.header().rcode() == Rcode::NOERROR {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

type Transaction = ClientTransaction<Arc<domain::tsig::Key>>;

fn notification(zone: &ZoneName, key: &TransferKey, id: u16, now_s: u64) -> Option<(Vec<u8>, Transaction)> {
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(id);
    message.header_mut().set_opcode(Opcode::NOTIFY);
    message.header_mut().set_aa(true);
    let mut question = message.question();
    let name = Name::from_octets(zone.wire().to_vec()).ok()?;
    question.push((name, Rtype::SOA, Class::IN)).ok()?;
    let mut message = question.additional();
    let transaction = ClientTransaction::request(key.key().clone(), &mut message, time(now_s)).ok()?;
    Some((message.finish(), transaction))
}
