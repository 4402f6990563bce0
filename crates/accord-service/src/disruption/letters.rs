//! Notices to providers as documents that a person edits, signs and sends; the same facts are in [`Notice`].

use accord_formats::docx::{Block, Document, write_docx};
use accord_model::{OrgName, SpaceId};

use super::export::Notice;
use super::zones::instant_in;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;

impl Node {
    /// The draft of a notice to one provider, as a document: its name and bytes.
    pub async fn notice_document(
        &self,
        who: &SignedIn,
        case: SpaceId,
        to: &OrgName,
    ) -> Result<(String, Vec<u8>)> {
        let notices = self.notices(who, case).await?;
        let notice = notices
            .into_iter()
            .find(|notice| notice.to == *to)
            .ok_or(ServiceError::NotFound("notice"))?;
        let zone = self.read().await?.org_zones.get(to).cloned();
        let document = document(&notice, &self.config.org, zone.as_deref());
        let bytes = write_docx(&document)
            .map_err(|error| ServiceError::Conflict(format!("no document can be made: {error}")))?;
        self.note_access(who, "notice.document", &format!("{case} to {to}"))
            .await?;
        Ok((format!("notice-{to}.docx"), bytes))
    }
}

fn document(notice: &Notice, own: &OrgName, zone: Option<&str>) -> Document {
    let heads = |heads: &[(&str, u32)]| {
        heads
            .iter()
            .map(|(text, width)| ((*text).to_owned(), *width))
            .collect()
    };
    let mut blocks = vec![
        Block::Title(format!("Notice to {}", notice.to)),
        Block::Text("DRAFT, to be read, signed and sent by a person.".to_owned()),
        Block::Text(format!(
            "From: {own}\nTo: {}\nReference: {}",
            notice.to, notice.reference
        )),
        Block::Heading("Authority".to_owned()),
    ];
    if notice.authorities.is_empty() {
        blocks.push(Block::Text(format!(
            "No legal authority binding {} is recorded on the case: this asks, and orders nothing.",
            notice.to
        )));
    } else {
        blocks.push(Block::Table {
            heads: heads(&[("Number", 2_500), ("Issued by", 3_500), ("Under", 3_500)]),
            rows: notice
                .authorities
                .iter()
                .map(|(number, authority, power)| vec![number.clone(), authority.clone(), power.clone()])
                .collect(),
        });
    }
    blocks.push(Block::Heading("We ask you to act on the following".to_owned()));
    blocks.push(Block::Table {
        heads: heads(&[("", 600), ("What", 3_500), ("Action", 1_500), ("Ground", 3_900)]),
        rows: notice
            .targets
            .iter()
            .enumerate()
            .map(|(index, (_, value, action, ground))| {
                vec![
                    (index + 1).to_string(),
                    value.clone(),
                    action.clone(),
                    ground.clone(),
                ]
            })
            .collect(),
    });
    if let Some(ms) = notice.instant_ms {
        let mut when = instant_in(ms, "UTC").unwrap_or_default();
        if let Some(local) = zone
            .filter(|zone| *zone != "UTC")
            .and_then(|zone| instant_in(ms, zone))
        {
            when = format!("{when}\n{local}");
        }
        blocks.push(Block::Heading("When".to_owned()));
        blocks.push(Block::Text(format!(
            "{when}\nPlease act at this instant, not before."
        )));
    }
    blocks.push(Block::Heading("To make sure that this is from us".to_owned()));
    blocks.push(Block::Text(format!(
        "Call back on the contact that our agreement names, not on one that came with this letter: {}.\nPlease tell \
         nobody whom it concerns before you have acted, and say what was done.",
        notice.contact
    )));
    blocks.push(Block::Signature(format!("For {own}")));
    Document {
        foot: format!("{own} to {}, {}, draft", notice.to, notice.reference),
        landscape: false,
        blocks,
    }
}
