//! What an answer says, in words for people.

use std::fmt;

use super::answer::{
    Cover, Covers, Doubt, EndTold, FirstRests, Holder, IdKind, LastRests, SourceView, Support,
};

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserName => "account",
            Self::HardwareAddress => "hardware address",
            Self::ClientId => "DHCP client identifier",
            Self::Duid => "DHCPv6 unique identifier",
            Self::HostName => "name that the device gave",
            Self::CircuitId => "line (circuit identifier)",
            Self::RemoteId => "line (remote identifier)",
            Self::CallingStation => "calling station",
            Self::NasPort => "port of the access server",
            Self::Nas => "access server",
            Self::Session => "session",
            Self::Subscriber => "subscriber number",
            Self::InsideAddress => "inside address",
            Self::InsidePort => "inside port",
        })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClockUnmeasured => "how far the log's clock was off was not measured",
            Self::ZoneSet => "the time zone is a person's setting, not in the log",
            Self::YearSet => "the year is not in the log and follows from when it was imported",
            Self::ClockTurnedBack => "the clock was turned back, and showed this time twice",
            Self::TimeDoubtful => {
                "the log's clock or its zone is wrong: a time lies in the future or before 1990"
            }
            Self::Conflict => "other lines name another holder at the same time",
            Self::PortsNotLogged => "the log does not tell which ports were theirs",
            Self::ProtocolNotLogged => "the log does not tell the protocol",
            Self::NotAllKept => "more happened around that time than was followed",
        })
    }
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told => "lines before and after tell it",
            Self::ByLease => "a line before tells a lease that lasts beyond it",
            Self::Between => "lines before and after name the same holder, and none between another",
            Self::ByAssumedLease => "a line before, and the length of leases that a person set",
            Self::OnlyBefore => "a line before; nothing tells that it had not ended since",
            Self::OnlyAfter => "a line after; nothing tells that it had begun before",
        })
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "it was held throughout that time",
            Self::Near => "it was held then, and began or ended so near that the clock's error matters",
            Self::Part => "the holder changed within that time",
            Self::Beside => "it was held just before or after, within the clock's error",
        })
    }
}

impl fmt::Display for FirstRests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told => "its beginning is logged",
            Self::Seen => "held by then; since when is not told",
            Self::SessionTime => "its beginning follows from how long the session had lasted",
        })
    }
}

impl fmt::Display for LastRests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told(EndTold::Released) => "its end is logged",
            Self::Told(EndTold::Declined) => "the device refused the address",
            Self::Told(EndTold::Expired) => "the server logged that the lease ran out",
            Self::LeaseRunsOut => "its end is when the lease ran out",
            Self::AssumedLeaseRunsOut => "its end follows from the length of leases that a person set",
            Self::NextHolder => "its end is when the next holder began",
            Self::NasRestart => "its end is when the access server restarted",
            Self::LastSeen => "last seen then; its end is not logged",
            Self::LogEnds => "last seen then; the log ends",
        })
    }
}

impl Holder {
    /// Why it may be them, and what speaks against it: one sentence each.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let first = self.first.map(|first| first.rests.to_string());
        let doubts = self.doubts.iter().map(ToString::to_string);
        [self.support.to_string(), self.cover.to_string()]
            .into_iter()
            .chain(first)
            .chain([self.last.rests.to_string()])
            .chain(doubts)
            .collect()
    }
}

/// `resolver: its lines cover the time`, and what stands in the way.
impl fmt::Display for SourceView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.source)?;
        f.write_str(match self.covers {
            Covers::Yes { .. } => "it has lines shortly before and after",
            Covers::Silent { .. } => "it was silent for long around that time, and may not have logged",
            Covers::BeginsLater { .. } => "its lines begin after that time",
            Covers::EndedBefore { .. } => "its lines end before that time",
            Covers::NoTimes => "none of its lines tells a time",
        })?;
        match self.clock_offset_ms {
            Some(offset) => write!(f, "; its clock runs {offset} ms ahead, which was taken off")?,
            None => f.write_str("; its clock was not measured")?,
        }
        if !self.zone_known {
            f.write_str("; times without a zone could not be used")?;
        }
        if self.lines_without_time > 0 {
            write!(
                f,
                "; {} lines about it tell no time and were not used",
                self.lines_without_time
            )?;
        }
        Ok(())
    }
}
