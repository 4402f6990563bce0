//! `clauses.cedar`: reading, bounding, validating.
//!
//! The text is cut into clauses by a small lexer of our own before Cedar sees any of it, so that the size and
//! nesting of what Cedar's recursive passes meet are bounded and every diagnostic has the line its clause
//! begins on. If the lexer and Cedar disagreed about where a clause ends, Cedar would refuse the pieces.

use std::collections::BTreeMap;

use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};

use crate::Role;

use super::diagnostic::{Diagnostic, File, MAX_DIAGNOSTICS, line_at};
use super::plain;
use super::question::ClauseId;
use super::terms::{MAX_TEXT_CHARS, Terms};

/// Most bytes of `clauses.cedar`.
pub const MAX_CEDAR_BYTES: usize = 128 * 1024;
/// Most clauses; at least one.
pub const MAX_CLAUSES: usize = 200;
/// Most tokens of one clause, annotations included.
pub const MAX_CLAUSE_TOKENS: usize = 600;
/// Deepest nesting of brackets in one clause.
pub const MAX_CLAUSE_DEPTH: usize = 12;
/// Most links (`&&`, `||`, `.`, `+`, `-`, `*`, `!`) of the chains open at any place of one clause, each `if`
/// so far included. Cedar's passes recurse for each, without growing the stack.
pub const MAX_CLAUSE_LINKS: usize = 48;

/// Whether a clause lets something flow or stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClauseEffect {
    /// Lets flow what no other clause forbids.
    Permits,
    /// Stops, whatever permits.
    Forbids,
}

/// Whom a clause asks, from `@ask`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Ask {
    /// Two different people rather than one.
    pub four_eyes: bool,
    /// The role.
    pub who: Role,
}

/// One clause: a Cedar policy with its number and its plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its number.
    pub id: ClauseId,
    /// Its plain words.
    pub text: String,
    /// What it does.
    pub effect: ClauseEffect,
    /// Whom it asks.
    pub ask: Option<Ask>,
    /// The line in `clauses.cedar` it begins on, from 1.
    pub line: usize,
    /// The policy as written, annotations included.
    pub source: String,
}

/// The roles a clause may ask, with the attribute of `context.approvals` that counts them.
pub(super) const ASKABLE: [(Role, &str); 3] = [
    (Role::Approver, "approver"),
    (Role::Custodian, "custodian"),
    (Role::CaseOfficer, "case_officer"),
];

/// A piece of the file that should be one policy.
struct Piece<'a> {
    source: &'a str,
    line: usize,
}

/// How deep the tree of a clause can be at some place, seen from its tokens alone; never too low.
struct Nesting {
    /// The links so far of the chain at each open bracket, the clause itself first.
    chains: Vec<usize>,
    ifs: usize,
}

impl Nesting {
    fn new() -> Self {
        Self {
            chains: vec![0],
            ifs: 0,
        }
    }

    /// Takes the token that begins with `byte` in.
    fn take(&mut self, byte: u8, is_if: bool) {
        match byte {
            b'(' | b'[' | b'{' => self.chains.push(0),
            b')' | b']' | b'}' if self.chains.len() > 1 => {
                self.chains.pop();
            }
            b'&' | b'|' | b'.' | b'+' | b'-' | b'*' | b'!' => {
                if let Some(links) = self.chains.last_mut() {
                    *links += 1;
                }
            }
            b',' => {
                if let Some(links) = self.chains.last_mut() {
                    *links = 0;
                }
            }
            _ => self.ifs += usize::from(is_if),
        }
    }

    fn too_deep(&self) -> bool {
        self.chains.len() - 1 > MAX_CLAUSE_DEPTH
            || self.chains.iter().sum::<usize>() + self.ifs > MAX_CLAUSE_LINKS
    }
}

/// Cuts the text at each `;` outside strings and comments.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Vec<Diagnostic>> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut found = Vec::new();
    let (mut at, mut tokens, mut nesting, mut bad) = (0usize, 0usize, Nesting::new(), false);
    let mut start: Option<usize> = None;
    while let Some(&byte) = bytes.get(at) {
        let begin = at;
        match byte {
            b' ' | b'\t' | b'\n' => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while bytes.get(at).is_some_and(|b| *b != b'\n') {
                    at += 1;
                }
                continue;
            }
            b'"' => {
                at += 1;
                loop {
                    match bytes.get(at) {
                        None => {
                            let line = Some(line_at(text, begin));
                            found.push(Diagnostic::new(File::Clauses, line, "a string that does not end"));
                            return Err(found);
                        }
                        Some(b'"') => break,
                        Some(b'\\') => at += 2,
                        Some(_) => at += 1,
                    }
                }
                at += 1;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' => {
                while bytes
                    .get(at)
                    .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
                {
                    at += 1;
                }
            }
            b'&' | b'|' if bytes.get(at + 1) == Some(&byte) => at += 2,
            _ => at += 1,
        }
        if !bad {
            nesting.take(byte, text.get(begin..at) == Some("if"));
        }
        tokens += 1;
        let first = *start.get_or_insert(begin);
        if !bad && (tokens > MAX_CLAUSE_TOKENS || nesting.too_deep()) {
            bad = true;
            let message = format!(
                "a clause of more than {MAX_CLAUSE_TOKENS} words and signs, nested deeper than \
                 {MAX_CLAUSE_DEPTH} brackets, or with chains of more than {MAX_CLAUSE_LINKS} links: split it into several"
            );
            found.push(Diagnostic::new(
                File::Clauses,
                Some(line_at(text, first)),
                message,
            ));
        }
        if byte == b';' {
            if pieces.len() == MAX_CLAUSES {
                let message = format!("more than {MAX_CLAUSES} clauses");
                found.push(Diagnostic::new(
                    File::Clauses,
                    Some(line_at(text, first)),
                    message,
                ));
                return Err(found);
            }
            pieces.push(Piece {
                source: text.get(first..at).unwrap_or_default(),
                line: line_at(text, first),
            });
            (start, tokens, nesting, bad) = (None, 0, Nesting::new(), false);
        }
    }
    if let Some(first) = start {
        let line = Some(line_at(text, first));
        found.push(Diagnostic::new(
            File::Clauses,
            line,
            "a clause that does not end with ';'",
        ));
    }
    if found.is_empty() && pieces.is_empty() {
        let message = "no clause: an agreement under which nothing may flow needs no rules";
        found.push(Diagnostic::new(File::Clauses, None, message));
    }
    found.truncate(MAX_DIAGNOSTICS);
    if found.is_empty() { Ok(pieces) } else { Err(found) }
}

/// Whether a policy reads `context.approvals`, in Cedar's JSON form.
fn reads_approvals(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(map) => {
            map.get("attr").and_then(serde_json::Value::as_str) == Some("approvals")
                || map.values().any(reads_approvals)
        }
        serde_json::Value::Array(list) => list.iter().any(reads_approvals),
        _ => false,
    }
}

fn parse_ask(text: &str) -> Option<Ask> {
    let (role, four_eyes) = match text.split_once(", ") {
        None => (text, false),
        Some((role, "four eyes")) => (role, true),
        Some(_) => return None,
    };
    let who = role.parse().ok()?;
    ASKABLE
        .iter()
        .any(|(askable, _)| *askable == who)
        .then_some(Ask { who, four_eyes })
}

/// The clauses in the order of their numbers, and the policies with the number as their id.
pub(super) fn parse(
    text: &str,
    terms: &Terms,
    schema: &Schema,
) -> Result<(Vec<Clause>, PolicySet), Vec<Diagnostic>> {
    if text.len() > MAX_CEDAR_BYTES {
        let message = format!("is {} bytes long: at most {MAX_CEDAR_BYTES}", text.len());
        return Err(vec![Diagnostic::new(File::Clauses, None, message)]);
    }
    if let Some((offset, c)) = plain::hidden(text) {
        let message = format!(
            "the hidden character U+{:04X}: remove it (lines end with a line feed alone)",
            u32::from(c)
        );
        let line = Some(line_at(text, offset));
        return Err(vec![Diagnostic::new(File::Clauses, line, message)]);
    }
    let mut found = Vec::new();
    let mut clauses: BTreeMap<ClauseId, Clause> = BTreeMap::new();
    let mut policies = PolicySet::new();
    for piece in pieces(text)? {
        if found.len() >= MAX_DIAGNOSTICS {
            break;
        }
        match one(&piece, terms) {
            Err(problems) => found.extend(problems),
            Ok((clause, policy)) => {
                if let Some(earlier) = clauses.get(&clause.id) {
                    let message = format!(
                        "the number stands at line {} too: give each its own",
                        earlier.line
                    );
                    found.push(
                        Diagnostic::new(File::Clauses, Some(piece.line), message).in_clause(Some(&clause.id)),
                    );
                    continue;
                }
                if let Err(error) = policies.add(policy) {
                    found.push(Diagnostic::new(
                        File::Clauses,
                        Some(piece.line),
                        error.to_string(),
                    ));
                }
                clauses.insert(clause.id.clone(), clause);
            }
        }
    }
    found.extend(validated(&policies, &clauses, schema));
    found.truncate(MAX_DIAGNOSTICS);
    if found.is_empty() {
        Ok((clauses.into_values().collect(), policies))
    } else {
        Err(found)
    }
}

/// Strict validation; warnings (a clause that can never apply, confusable characters) refuse too.
fn validated(policies: &PolicySet, clauses: &BTreeMap<ClauseId, Clause>, schema: &Schema) -> Vec<Diagnostic> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    let place = |id: &PolicyId| {
        let id = ClauseId::parse(id.as_ref());
        let line = id
            .as_ref()
            .and_then(|id| clauses.get(id))
            .map(|clause| clause.line);
        (id, line)
    };
    let mut found = Vec::new();
    for error in result.validation_errors() {
        let (id, line) = place(error.policy_id());
        found.push(Diagnostic::new(File::Clauses, line, error.to_string()).in_clause(id.as_ref()));
    }
    for warning in result.validation_warnings() {
        let (id, line) = place(warning.policy_id());
        found.push(Diagnostic::new(File::Clauses, line, warning.to_string()).in_clause(id.as_ref()));
    }
    found.sort_by_key(|diagnostic| diagnostic.line);
    found
}

/// Reads one policy and checks what Cedar's validation does not: annotations, names of parties, payloads.
fn one(piece: &Piece<'_>, terms: &Terms) -> Result<(Clause, Policy), Vec<Diagnostic>> {
    let policy = Policy::parse(None, piece.source).map_err(|error| {
        vec![Diagnostic::new(
            File::Clauses,
            Some(piece.line),
            error.to_string(),
        )]
    })?;
    let mut problems = Vec::new();
    for (key, _) in policy.annotations() {
        if !["clause", "text", "ask"].contains(&key) {
            problems.push(format!(
                "the annotation @{key}: known are @clause, @text and @ask"
            ));
        }
    }
    let id = policy.annotation("clause").and_then(ClauseId::parse);
    if id.is_none() {
        problems.push(
            "no @clause(\"4.3\"): every clause carries its number, parts of 1 to 9999 joined by dots"
                .to_owned(),
        );
    }
    let text = policy.annotation("text").unwrap_or_default().to_owned();
    if let Some(why) = plain::words_problem(&text, MAX_TEXT_CHARS) {
        problems.push(format!("@text {why}"));
    }
    let ask = match policy.annotation("ask") {
        None => None,
        Some(written) => {
            let ask = parse_ask(written);
            if ask.is_none() {
                problems.push(
                    "@ask names one of approver, custodian, case-officer, and after it \", four eyes\" for two \
                     people"
                        .to_owned(),
                );
            }
            Some(ask)
        }
    };
    let reads = policy.to_json().is_ok_and(|json| reads_approvals(&json));
    match (reads, ask.is_some()) {
        (true, false) => {
            problems.push("it looks at context.approvals: say whom it asks with @ask".to_owned())
        }
        (false, true) => {
            problems.push("@ask, but the rule does not look at context.approvals".to_owned());
        }
        _ => {}
    }
    if !matches!(policy.action_constraint(), ActionConstraint::Eq(_)) {
        problems.push("the action: write action == Action::\"release\"".to_owned());
    }
    for literal in policy.entity_literals() {
        let name: &str = literal.id().unescaped();
        match literal.type_name().to_string().as_str() {
            "Organisation" if !terms.parties.iter().any(|party| party.name.as_str() == name) => {
                problems.push(format!("it names the organisation \"{name}\", which is no party"));
            }
            "Payload" => {
                problems.push("it names one payload: write conditions on resource.category".to_owned())
            }
            _ => {}
        }
    }
    let Some(id) = id.clone().filter(|_| problems.is_empty()) else {
        return Err(problems
            .into_iter()
            .map(|message| Diagnostic::new(File::Clauses, Some(piece.line), message).in_clause(id.as_ref()))
            .collect());
    };
    let effect = match policy.effect() {
        Effect::Permit => ClauseEffect::Permits,
        Effect::Forbid => ClauseEffect::Forbids,
    };
    let policy = policy.new_id(PolicyId::new(id.as_str()));
    let clause = Clause {
        id,
        text,
        effect,
        ask: ask.flatten(),
        line: piece.line,
        source: piece.source.to_owned(),
    };
    Ok((clause, policy))
}
