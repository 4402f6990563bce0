//! A letter to a victim, by its pseudonym: what became of it, what it was advised, and how it reads more. The custodian
//! puts the address on it by hand.

use accord_formats::docx::{Block, Document, write_docx};
use accord_model::EntryRef;
use accord_model::content::Remediation;

use super::conversation::{Attached, VictimSees};
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

impl Node {
    /// The letter as a document to be edited, signed and printed: its name and bytes.
    pub async fn victim_letter(&self, who: &SignedIn, victim: EntryRef) -> Result<(String, Vec<u8>)> {
        Act::Converse.ask(who)?;
        let (pseudonym, sees) = {
            let state = self.read().await?;
            let (case, pseudonym) = self.victim_for(&state, who, victim)?;
            let attached = Attached {
                case,
                victim,
                pseudonym: pseudonym.to_owned(),
            };
            let mut sees = VictimSees::empty();
            self.became(&state, &attached, &mut sees);
            (pseudonym.to_owned(), sees)
        };
        let rows = sees.steps.iter().map(|step| {
            vec![
                step.step.clone(),
                state_words(step.state).to_owned(),
                step.text.clone().unwrap_or_default(),
            ]
        });
        let heads = [("Step", 4_500), ("State", 1_500), ("More", 3_500)];
        let document = Document {
            foot: format!("{} to {pseudonym}", self.config.org),
            landscape: false,
            blocks: vec![
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
                Block::Text(format!(
                    "Who looked at who you are, and what for, stands at your link, where you can also write to us: {} \
                     looks so far.",
                    sees.looks.len()
                )),
                Block::Signature(format!("For {}", self.config.org)),
            ],
        };
        let bytes = write_docx(&document)
            .map_err(|error| ServiceError::Conflict(format!("no document can be made: {error}")))?;
        self.note_access(who, "victim.letter", &victim.to_string())
            .await?;
        Ok((format!("letter-{pseudonym}.docx"), bytes))
    }
}
