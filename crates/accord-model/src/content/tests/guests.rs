//! What is asked of an organisation without a node, and what it says through its link.

use super::form::{at, entry, org, words};
use crate::content::*;
use crate::control::EntryError;
use crate::control::limits::*;
use crate::{EntryKind, OrgKind, Role};

fn guest() -> GuestAddressee {
    GuestAddressee {
        organisation: "Corner Shop Ltd".to_owned(),
        contact: "the manager".to_owned(),
        officer: "Ada Officer".to_owned(),
        then: words(),
        authority: Some(GuestAuthority {
            reference: "W-1".to_owned(),
            authority: "District Court".to_owned(),
            power: "Act 7".to_owned(),
            scope: words(),
            from_ms: 1,
            to_ms: 2,
        }),
    }
}

fn asked(change: impl FnOnce(&mut RequestMade)) -> ContentEntry {
    let mut made = RequestMade {
        guest: Some(Box::new(guest())),
        ..RequestMade::new(
            org("isp.example"),
            RequestWhat::Information,
            "G-1".to_owned(),
            words(),
        )
    };
    change(&mut made);
    entry(made)
}

#[test]
fn a_request_to_a_guest_round_trips_and_names_its_authority_itself() {
    let good = asked(|_| {});
    assert_eq!(ContentEntry::from_json(&good.to_json()), Ok(good));
    let instrument = asked(|made| made.instrument = Some(at()));
    assert_eq!(
        instrument.check(),
        Err(EntryError::Unwanted { field: "instrument" })
    );
    let oral = asked(|made| made.oral = Some(at()));
    assert_eq!(oral.check(), Err(EntryError::Unwanted { field: "oral" }));
}

#[test]
fn every_text_of_a_guest_has_a_limit() {
    type Set = fn(&mut GuestAddressee, String);
    let line: [(Set, usize); 6] = [
        (|guest, text| guest.organisation = text, TITLE_MAX),
        (|guest, text| guest.contact = text, TITLE_MAX),
        (|guest, text| guest.officer = text, PERSON_NAME_MAX),
        (|guest, text| guest.then = text, REASON_MAX),
        (
            |guest, text| guest.authority.as_mut().unwrap().power = text,
            POWER_MAX,
        ),
        (
            |guest, text| guest.authority.as_mut().unwrap().scope = text,
            REASON_MAX,
        ),
    ];
    for (set, max) in line {
        let with =
            |length: usize| asked(|made| set(made.guest.as_deref_mut().unwrap(), "x".repeat(length))).check();
        assert_eq!(with(max), Ok(()));
        assert!(with(max + 1).is_err());
        assert!(with(0).is_err(), "empty");
    }
    let direction = asked(|made| {
        made.guest.as_deref_mut().unwrap().organisation = "Shop\u{202e}".to_owned();
    });
    assert!(direction.check().is_err(), "a name reads as it is written");
}

#[test]
fn a_guest_speaks_for_an_organisation_and_nobody_else_does() {
    let said = |role, on_behalf_of| ContentEntry {
        role,
        ..entry(RequestAnswered {
            request: at(),
            words: words(),
            clause: "guest".to_owned(),
            grading: None,
            report: None,
            on_behalf_of,
            kept_until_ms: None,
        })
    };
    let shop = || Some(org("shop.example"));
    let good = said(Role::Guest, shop());
    assert_eq!(ContentEntry::from_json(&good.to_json()), Ok(good));
    let field = "on_behalf_of";
    assert_eq!(
        said(Role::Guest, None).check(),
        Err(EntryError::Missing { field })
    );
    assert_eq!(
        said(Role::Approver, shop()).check(),
        Err(EntryError::Unwanted { field })
    );
    for kind in [EntryKind::RequestMade, EntryKind::ReportPublished] {
        assert!(
            may_write(kind, Role::Guest, OrgKind::Agency).is_err(),
            "{kind}: a guest answers and no more"
        );
    }
}
