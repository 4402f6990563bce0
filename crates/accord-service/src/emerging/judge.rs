//! What people say of a story: that it is nothing, with a reason, or that it is a threat, which it then becomes. The last
//! word counts; each is in the access log, and teaches the engine.

use accord_emerging::{Circle, Judgement, Story, Subject};
use accord_matcher::Pattern;
use accord_model::PersonId;
use accord_model::content::Indicator;
use accord_model::control::limits::REASON_MAX;
use serde::{Deserialize, Serialize};

use super::Inner;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::threats::{NewThreat, begin, prose};

pub(crate) const JUDGED: &str = "emerging-judged";
/// Longest name of a threat, bytes.
const NAME_MAX: usize = 200;

/// What a story is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JudgedWord {
    /// Nothing.
    Dismissed,
    /// A threat.
    Promoted,
}

impl JudgedWord {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dismissed => "dismissed",
            Self::Promoted => "promoted",
        }
    }

    pub(super) const fn taught(self) -> Judgement {
        match self {
            Self::Dismissed => Judgement::Dismissed,
            Self::Promoted => Judgement::Promoted,
        }
    }
}

/// What was said of a story, as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judged {
    pub word: JudgedWord,
    pub by: PersonId,
    pub at_ms: u64,
    #[serde(default)]
    pub reason: String,
    /// The threat that it became.
    #[serde(default)]
    pub threat: Option<String>,
}

/// What the threat that a story becomes is called and said to be; what is not said follows from the story.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPromotion {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is.
    #[serde(default)]
    pub what: Option<String>,
}

fn cut(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// The threat that a story becomes: why it was told, and its values with the family's label.
fn threat_of(story: &Story, said: &NewPromotion) -> NewThreat {
    let family = story.findings.iter().find_map(|finding| match &finding.subject {
        Subject::Label { label, .. } if story.title.ends_with(label.as_str()) => Some(label.clone()),
        _ => None,
    });
    let mut values: Vec<Indicator> = Vec::new();
    for finding in &story.findings {
        let of_subject: Vec<&String> = match &finding.subject {
            Subject::Value { value, .. } => vec![value],
            Subject::Pair { value, other, .. } => vec![value, other],
            Subject::Label { .. } | Subject::Names { .. } => Vec::new(),
        };
        let examples = finding.evidence.examples.iter().map(|one| &one.value);
        for value in of_subject.into_iter().chain(examples) {
            // A long value is shown cut, and says nothing then.
            let Ok(pattern) = Pattern::parse(value) else {
                continue;
            };
            if values.iter().all(|known| known.value != pattern.canonical()) {
                values.push(Indicator {
                    value: pattern.canonical().to_owned(),
                    kind: None,
                    labels: family.iter().cloned().collect(),
                    confidence: None,
                    valid_until_ms: None,
                });
            }
        }
    }
    let reasons: Vec<&str> = story.findings.iter().map(|one| one.reason.as_str()).collect();
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    NewThreat {
        name: given(&said.name).unwrap_or_else(|| cut(&story.title, NAME_MAX)),
        what: given(&said.what).unwrap_or_else(|| reasons.join("\n")),
        values,
        ..NewThreat::default()
    }
}

impl Inner {
    fn seen<'a>(&'a self, reference: &str, is_seen: impl Fn(Circle) -> bool) -> Result<&'a Story> {
        self.engine
            .as_ref()
            .and_then(|engine| engine.referred(reference))
            .filter(|story| is_seen(story.circle))
            .ok_or(ServiceError::NotFound("story"))
    }
}

impl Node {
    /// A story of the circles of a person who judges stories.
    async fn to_judge(&self, who: &SignedIn, reference: &str) -> Result<Story> {
        Act::LookUp.ask(who)?;
        Act::Watch.ask(who)?;
        self.emerge().await?;
        let state = self.read().await?;
        let circles = self.circles(&state, who)?;
        let inner = self.emerging.inner.lock().await;
        inner
            .seen(reference, |circle| circles.contains_key(&circle))
            .cloned()
    }

    /// Says that a story is nothing, and why. It is not shown again unless it grows to twice what it is.
    pub async fn dismiss_story(&self, who: &SignedIn, reference: &str, reason: &str) -> Result<()> {
        let story = self.to_judge(who, reference).await?;
        prose("reason", reason, REASON_MAX)?;
        let judged = Judged {
            word: JudgedWord::Dismissed,
            by: who.person,
            at_ms: self.now_ms(),
            reason: reason.trim().to_owned(),
            threat: None,
        };
        self.act_once(|state, batch, log| {
            batch.document(JUDGED, reference, &judged);
            state.judged.insert(reference.to_owned(), judged);
            log.person(batch, who, "story.dismissed", reference);
            Ok(())
        })
        .await?;
        self.teach(&story, JudgedWord::Dismissed).await;
        Ok(())
    }

    /// Makes a threat of a story. The threat's id.
    pub async fn promote_story(
        &self,
        who: &SignedIn,
        reference: &str,
        said: &NewPromotion,
    ) -> Result<String> {
        let story = self.to_judge(who, reference).await?;
        let threat = threat_of(&story, said);
        threat.check()?;
        let (id, now_ms) = (hex::encode(self.random::<16>()), self.now_ms());
        let judged = Judged {
            word: JudgedWord::Promoted,
            by: who.person,
            at_ms: now_ms,
            reason: said.what.clone().unwrap_or_default().trim().to_owned(),
            threat: Some(id.clone()),
        };
        let made = self
            .act_once(|state, batch, log| {
                let before = state.judged.get(reference);
                if before.is_some_and(|before| before.word == JudgedWord::Promoted) {
                    return Err(ServiceError::Conflict(
                        "this story was made a threat already: whoever did can add you to it".into(),
                    ));
                }
                begin(state, batch, who, &threat, &id, now_ms)?;
                log.person(batch, who, "threat.begun", &id);
                batch.document(JUDGED, reference, &judged);
                state.judged.insert(reference.to_owned(), judged);
                log.person(batch, who, "story.promoted", reference);
                Ok(id.clone())
            })
            .await?;
        self.teach(&story, JudgedWord::Promoted).await;
        Ok(made)
    }

    /// Tells the engine what is on the disk.
    async fn teach(&self, story: &Story, word: JudgedWord) {
        let mut inner = self.emerging.inner.lock().await;
        if let Some(engine) = &mut inner.engine {
            engine.judge(story.id, word.taught());
        }
        inner.is_changed = true;
    }

    /// Tells the engine what was said of its stories and is not in its saved state.
    pub(crate) async fn teach_again(&self) -> Result<()> {
        let state = self.read().await?;
        let mut inner = self.emerging.inner.lock().await;
        let Some(engine) = &mut inner.engine else {
            return Ok(());
        };
        for (reference, judged) in &state.judged {
            let story = engine.referred(reference);
            let told = story.filter(|story| story.judgement != Some(judged.word.taught()));
            if let Some(id) = told.map(|story| story.id) {
                engine.judge(id, judged.word.taught());
            }
        }
        Ok(())
    }
}
