//! A policy zone as a master file (RFC 1035, section 5).

use std::io::{self, Write};

use super::records::owners;
use crate::dns::ZoneName;
use crate::snapshot::Snapshot;

/// Seconds that a resolver keeps the zone's own records.
const TTL_S: u32 = 60;

/// Writes the blocks of a snapshot as a policy zone.
///
/// # Errors
/// Whatever `out` says.
pub fn zone_text(snapshot: &Snapshot, zone: &ZoneName, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "$ORIGIN {zone}.")?;
    writeln!(out, "$TTL {TTL_S}")?;
    writeln!(
        out,
        "@ SOA ns.{zone}. hostmaster.{zone}. {} 60 30 86400 10",
        snapshot.serial()
    )?;
    writeln!(out, "@ NS ns.{zone}.")?;
    writeln!(out, "ns A 127.0.0.1")?;
    for listing in snapshot.blocks() {
        for owner in owners(&listing.pattern, zone.wire().len()) {
            writeln!(out, "{owner} CNAME .")?;
        }
    }
    Ok(())
}
