//! What each person wants to be told, when, and where.

use std::collections::BTreeSet;

use accord_client::Notifier;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Waiting;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;

pub(crate) const NOTICE_SETTINGS: &str = "notice-settings";

const MINUTES_A_DAY: u16 = 24 * 60;

/// When somebody is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeWhen {
    /// Never.
    #[default]
    None,
    /// As soon as something waits.
    AtOnce,
    /// Once a day, when anything new waits.
    Daily,
}

/// From and to, in minutes of the day; over midnight where `from` is later than `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From this minute, included.
    pub from_minute: u16,
    /// To this minute, excluded.
    pub to_minute: u16,
}

/// A person's settings. At first nobody is told anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeSettings {
    /// The mail address; none: no mail.
    #[serde(default)]
    pub mail: Option<String>,
    /// Whether the node's webhook is called for this person.
    #[serde(default)]
    pub webhook: bool,
    /// When.
    #[serde(default)]
    pub when: NoticeWhen,
    /// Of what; empty: of everything.
    #[serde(default)]
    pub of: BTreeSet<Waiting>,
    /// When nothing is sent; it is sent after.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// The minute of the day of a daily notice.
    #[serde(default = "morning")]
    pub daily_minute: u16,
    /// The time zone of these, as an IANA name.
    #[serde(default = "utc")]
    pub zone: String,
}

const fn morning() -> u16 {
    7 * 60
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self {
            mail: None,
            webhook: false,
            when: NoticeWhen::None,
            of: BTreeSet::new(),
            quiet: None,
            daily_minute: morning(),
            zone: utc(),
        }
    }
}

impl NoticeSettings {
    pub(super) fn check(&self) -> Result<()> {
        if let Some(mail) = &self.mail {
            Notifier::check_address(mail).map_err(|error| ServiceError::invalid("mail", error))?;
        }
        if TimeZone::get(&self.zone).is_err() {
            return Err(ServiceError::invalid(
                "zone",
                "no such time zone: give one such as Europe/Vienna or UTC",
            ));
        }
        let minute = |field, minute| match minute < MINUTES_A_DAY {
            true => Ok(()),
            false => Err(ServiceError::invalid(
                field,
                "a time of the day from 00:00 to 23:59",
            )),
        };
        minute("daily_minute", self.daily_minute)?;
        if let Some(quiet) = &self.quiet {
            minute("from_minute", quiet.from_minute)?;
            minute("to_minute", quiet.to_minute)?;
        }
        if self.when != NoticeWhen::None && self.mail.is_none() && !self.webhook {
            return Err(ServiceError::invalid(
                "mail",
                "say where: a mail address, or the node's webhook",
            ));
        }
        Ok(())
    }

    /// Day and minute of the day in the person's zone.
    pub(super) fn local(&self, now_ms: u64) -> (String, u16) {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let at = i64::try_from(now_ms)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or_default()
            .to_zoned(zone);
        let minute = i32::from(at.hour()) * 60 + i32::from(at.minute());
        (
            at.strftime("%Y-%m-%d").to_string(),
            u16::try_from(minute).unwrap_or(0),
        )
    }

    /// Whether nothing is sent now.
    pub(super) fn is_quiet(&self, minute: u16) -> bool {
        self.quiet
            .is_some_and(|quiet| match quiet.from_minute <= quiet.to_minute {
                true => (quiet.from_minute..quiet.to_minute).contains(&minute),
                false => minute >= quiet.from_minute || minute < quiet.to_minute,
            })
    }

    pub(super) fn wants(&self, kind: Waiting) -> bool {
        self.of.is_empty() || self.of.contains(&kind)
    }
}

impl Node {
    /// One's own settings, and whether the operator has set up mail and a webhook.
    pub async fn notice_settings(&self, who: &SignedIn) -> Result<(NoticeSettings, bool, bool)> {
        let state = self.read().await?;
        let own = state.notice_settings.get(&who.person).cloned();
        let (mail, webhook) = self.notice_ways();
        Ok((own.unwrap_or_default(), mail, webhook))
    }

    /// Changes one's own settings.
    pub async fn set_notices(&self, who: &SignedIn, settings: &NoticeSettings) -> Result<()> {
        who.must_be_ready()?;
        settings.check()?;
        self.act_once(|state, batch, log| {
            batch.document(NOTICE_SETTINGS, &who.person.to_string(), settings);
            state.notice_settings.insert(who.person, settings.clone());
            log.person(batch, who, "notices.set", &who.person.to_string());
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let with = |from_minute, to_minute| NoticeSettings {
            quiet: Some(QuietHours {
                from_minute,
                to_minute,
            }),
            ..NoticeSettings::default()
        };
        for (from, to, minute, quiet) in [
            (60, 120, 60, true),
            (60, 120, 119, true),
            (60, 120, 120, false),
            (1_320, 360, 0, true),
            (1_320, 360, 1_320, true),
            (1_320, 360, 359, true),
            (1_320, 360, 360, false),
            (60, 60, 60, false),
        ] {
            assert_eq!(with(from, to).is_quiet(minute), quiet, "{from} {to} {minute}");
        }
        assert!(!NoticeSettings::default().is_quiet(0));
    }

    #[test]
    fn times_are_of_the_persons_zone() {
        let vienna = NoticeSettings {
            zone: "Europe/Vienna".into(),
            ..NoticeSettings::default()
        };
        // 2026-11-28T23:30:00Z
        let (day, minute) = vienna.local(1_795_908_600_000);
        assert_eq!((day.as_str(), minute), ("2026-11-29", 30));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let good = NoticeSettings {
            mail: Some("ada@agency.example".into()),
            when: NoticeWhen::AtOnce,
            ..NoticeSettings::default()
        };
        assert!(good.check().is_ok());
        let bad: [fn(&mut NoticeSettings); 5] = [
            |one| one.mail = None,
            |one| one.mail = Some("a@b\r\nBcc: c@d.example".into()),
            |one| one.zone = "Nowhere/Here".into(),
            |one| one.daily_minute = 1_440,
            |one| {
                one.quiet = Some(QuietHours {
                    from_minute: 0,
                    to_minute: 1_440,
                });
            },
        ];
        for change in bad {
            let mut one = good.clone();
            change(&mut one);
            assert!(one.check().is_err(), "{one:?}");
        }
    }
}
