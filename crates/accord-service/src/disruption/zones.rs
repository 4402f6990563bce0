//! One instant, in the time of each party. Zones are this node's own notes: an organisation's record says none.

use accord_model::OrgName;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

pub(crate) const ORG_ZONES: &str = "org-zones";
/// Most organisations whose zone a node keeps.
pub const ORG_ZONES_MAX: usize = 1_000;

/// An instant in a zone: `29 Nov 2026, 00:30 (Europe/Vienna, +01:00)`; `None` where there is no such zone or time.
pub fn instant_in(ms: u64, zone: &str) -> Option<String> {
    let zone_of = TimeZone::get(zone).ok()?;
    let at = Timestamp::from_millisecond(i64::try_from(ms).ok()?)
        .ok()?
        .to_zoned(zone_of);
    let seconds = at.strftime("%S").to_string();
    let pattern = if seconds == "00" {
        "%-d %b %Y, %H:%M"
    } else {
        "%-d %b %Y, %H:%M:%S"
    };
    Some(format!(
        "{} ({zone}, {})",
        at.strftime(pattern),
        at.strftime("%:z")
    ))
}

impl Node {
    /// Notes in which time zone an organisation works; without a zone the note is taken away.
    pub async fn set_org_zone(&self, who: &SignedIn, org: &OrgName, zone: Option<&str>) -> Result<()> {
        Act::Write.ask(who)?;
        if zone.is_some_and(|zone| TimeZone::get(zone).is_err()) {
            return Err(ServiceError::invalid(
                "zone",
                "no such time zone: give one such as Europe/Vienna or UTC",
            ));
        }
        self.act_once(|state, batch, log| {
            let known = *org == self.config.org || state.peers.contains_key(org);
            if !known {
                return Err(ServiceError::NotFound("organisation"));
            }
            match zone {
                Some(zone) => {
                    if state.org_zones.len() >= ORG_ZONES_MAX && !state.org_zones.contains_key(org) {
                        return Err(ServiceError::Conflict(format!(
                            "at most {ORG_ZONES_MAX} zones are kept"
                        )));
                    }
                    batch.document(ORG_ZONES, org.as_str(), &zone);
                    state.org_zones.insert(org.clone(), zone.to_owned());
                }
                None => {
                    batch.remove(ORG_ZONES, org.as_str());
                    state.org_zones.remove(org);
                }
            }
            log.person(batch, who, "zone.noted", org.as_str());
            Ok(())
        })
        .await
    }

    /// The zones that are noted here, for who works on cases.
    pub async fn org_zones(&self, who: &SignedIn) -> Result<std::collections::BTreeMap<OrgName, String>> {
        Act::Write.ask(who)?;
        Ok(self.read().await?.org_zones.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_in_several_zones() {
        let ms = 1_795_908_600_000;
        for (zone, expected) in [
            ("UTC", Some("28 Nov 2026, 23:30 (UTC, +00:00)")),
            (
                "Europe/Vienna",
                Some("29 Nov 2026, 00:30 (Europe/Vienna, +01:00)"),
            ),
            (
                "America/New_York",
                Some("28 Nov 2026, 18:30 (America/New_York, -05:00)"),
            ),
            ("Asia/Kolkata", Some("29 Nov 2026, 05:00 (Asia/Kolkata, +05:30)")),
            ("Nowhere/Here", None),
        ] {
            assert_eq!(instant_in(ms, zone).as_deref(), expected);
        }
        // In summer time.
        assert_eq!(
            instant_in(1_782_864_000_000, "Europe/Vienna").as_deref(),
            Some("1 Jul 2026, 02:00 (Europe/Vienna, +02:00)")
        );
        assert_eq!(
            instant_in(1_000, "UTC").as_deref(),
            Some("1 Jan 1970, 00:00:01 (UTC, +00:00)")
        );
    }
}
