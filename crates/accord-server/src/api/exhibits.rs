//! Exhibits: verified, taken along, received.

use super::call::{Answer, Call, Reply, give};

pub(super) async fn verify(call: Call) -> Reply {
    give(call.node.verify_exhibit(call.who()?, call.entry()?).await?)
}

pub(super) async fn package(call: Call) -> Reply {
    let (name, bytes) = call.node.download_exhibit(call.who()?, call.entry()?).await?;
    Ok(Answer::Zip(name, bytes))
}

pub(super) async fn receive(call: Call) -> Reply {
    let (received, _) = call.node.receive_exhibit(call.who()?, call.entry()?).await?;
    give(received)
}
