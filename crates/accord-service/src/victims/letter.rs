//! A letter to a victim, by its pseudonym: what became of it, what it was advised, and how it reads more. The custodian
//! puts the address on it by hand.

use accord_formats::docx::{Block, Document, write_docx};
use accord_model::EntryRef;
use accord_model::content::{GivenOn, Remediation};

use super::conversation::{Attached, VictimSees};
use super::giving::IdentityGivenView;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

const fn state_words(state: Remediation) -> &'static str {
    match state {
        Remediation::Advised => "advised",
        Remediation::Begun => "begun",
        Remediation::Done => "done",
        Remediation::NotDone => "not done",
    }
}

/// That who the victim is was given to another organisation, in words for the victim.
fn gone_to(given: &IdentityGivenView) -> String {
    let ground = match given.ground {
        GivenOn::Consent => "You agreed",
        GivenOn::Law => "A law says that we may",
    };
    let looks = match given.looks.len() {
        0 => "Nobody there has looked at it so far.".to_owned(),
        1 => "One look at it was noted there.".to_owned(),
        many => format!("{many} looks at it were noted there."),
    };
    let back = if given.state == "recalled" {
        " We have called it back."
    } else {
        ""
    };
    let to = &given.to;
    format!(
        "We gave it to {to}, sealed to its custodian. {ground}: {}. {looks}{back}",
        given.text.trim_end_matches('.')
    )
}

impl Node {
    /// The letter as a document to be edited, signed and printed: its name and bytes.
    pub async fn victim_letter(&self, who: &SignedIn, victim: EntryRef) -> Result<(String, Vec<u8>)> {
        Act::Converse.ask(who)?;
        let (pseudonym, sees, given, has_link) = {
            let state = self.read().await?;
            let (case, pseudonym) = self.victim_for(&state, who, victim)?;
            let attached = Attached {
                case,
                victim,
                pseudonym: pseudonym.to_owned(),
            };
            let mut sees = VictimSees::empty();
            self.became(&state, &attached, &mut sees);
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let mut given = self.given_of(&state, space, victim);
            given.retain(|one| state.released.contains_key(&(one.at, one.to.clone())));
            let mut all = state.conversations.values();
            let has_link = all.any(|one| one.attached.as_ref().map(|to| to.victim) == Some(victim));
            (pseudonym.to_owned(), sees, given, has_link)
        };
        let rows = sees.steps.iter().map(|step| {
            vec![
                step.step.clone(),
                state_words(step.state).to_owned(),
                step.text.clone().unwrap_or_default(),
            ]
        });
        let heads = [("Step", 4_500), ("State", 1_500), ("More", 3_500)];
        let mut blocks = vec![
            Block::Title(format!("To {pseudonym}")),
            Block::Text(format!(
                "You reported to {} what happened to you. In everything we share you are called {pseudonym}; this \
                     letter names you nowhere else than on its envelope.",
                self.config.org
            )),
            Block::Heading("What became of it".to_owned()),
            Block::Text(sees.became.join("\n")),
            Block::Heading("Your clean-up".to_owned()),
            Block::Table {
                heads: heads.map(|(text, width)| (text.to_owned(), width)).to_vec(),
                rows: rows.collect(),
            },
        ];
        if has_link {
            blocks.push(Block::Text(format!(
                "Who looked at who you are, and what for, stands at your link, where you can also write to us: {} looks \
                 so far.",
                sees.looks.len()
            )));
        }
        if !given.is_empty() {
            blocks.push(Block::Heading("To whom your name went".to_owned()));
            blocks.extend(given.iter().map(|one| Block::Text(gone_to(one))));
        }
        blocks.push(Block::Signature(format!("For {}", self.config.org)));
        let document = Document {
            foot: format!("{} to {pseudonym}", self.config.org),
            landscape: false,
            blocks,
        };
        let bytes = write_docx(&document)
            .map_err(|error| ServiceError::Conflict(format!("no document can be made: {error}")))?;
        self.note_access(who, "victim.letter", &victim.to_string())
            .await?;
        Ok((format!("letter-{pseudonym}.docx"), bytes))
    }
}
