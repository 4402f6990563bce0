//! The logs of the demo's organisations.

use crate::indicators::{IndicatorList, indicators};
use crate::logs::{GeneratedLog, LogKind, log};
use crate::random::Choices;

const STREAM: u64 = 3;
const CUSTOMERS: usize = 60;
const INDICATORS: usize = 40;

/// Whose logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorldKind {
    /// An access provider: what its customers looked up and connected to.
    Isp,
    /// A hosting provider: who visited its customers' sites.
    Hosting,
}

/// A customer whom the logs show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The provider's number of the customer.
    pub number: String,
    /// The address that stands in the logs: one of 192.0.2.0/24.
    pub address: String,
    /// The customer's site.
    pub host: String,
}

/// The logs of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Its customers, by address.
    pub customers: Vec<Customer>,
    /// Its logs with their known answers.
    pub logs: Vec<GeneratedLog>,
    /// The indicators: the same for every organisation with the same seed.
    pub indicators: IndicatorList,
}

/// The world of a seed; `lines` is the size of each log.
#[must_use]
pub fn world(seed: u64, kind: WorldKind, lines: usize) -> World {
    let list = indicators(seed, INDICATORS);
    let mut choices = Choices::new(seed, STREAM + kind as u64);
    let customers = (0..CUSTOMERS)
        .map(|number| Customer {
            number: format!("K{:05}", 10_000 + number * 7 + choices.below(7)),
            address: format!("192.0.2.{}", number + 1),
            host: format!("{}.example.net", choices.letters(8)),
        })
        .collect();
    let kinds: &[LogKind] = match kind {
        WorldKind::Isp => &[
            LogKind::ZeekDns,
            LogKind::ZeekConn,
            LogKind::ZeekHttp,
            LogKind::ZeekSsl,
        ],
        WorldKind::Hosting => &[LogKind::ApacheAccess, LogKind::ZeekJsonConn, LogKind::SuricataEve],
    };
    let log_seed = seed ^ ((kind as u64 + 1) << 32);
    let logs = kinds
        .iter()
        .map(|&own| log(log_seed, own, lines, 200, &list))
        .collect();
    World {
        customers,
        logs,
        indicators: list,
    }
}
