//! All files together: each document to a rule, filters to the rules that they are for, correlations to what they join.

use std::collections::HashMap;

use rsigma_parser::{CorrelationRule, Detections, FilterRule, LogSource, SigmaRule, Status};

use super::documents::{Document, Head, inspect, split};
use super::normal::Normal;
use super::{
    Body, Detecting, Diagnostic, LogSourceName, RuleFile, RuleInfo, RuleKind, SigmaRules, check, filters,
};
use crate::correlate::{Correlation, Joined};
use crate::limits::{MAX_CORRELATED_RULES, MAX_RULE_BYTES, MAX_RULE_FILE_BYTES, MAX_RULE_FILES, MAX_RULES};

/// What a document is.
enum Ast {
    Rule(Box<SigmaRule>),
    Correlation(Box<CorrelationRule>),
    Filter(Box<FilterRule>),
}

impl Ast {
    fn title(&self) -> &str {
        match self {
            Self::Rule(rule) => &rule.title,
            Self::Correlation(rule) => &rule.title,
            Self::Filter(rule) => &rule.title,
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Rule(rule) => rule.id.as_deref(),
            Self::Correlation(rule) => rule.id.as_deref(),
            Self::Filter(rule) => rule.id.as_deref(),
        }
    }

    /// What correlations may call it by.
    fn names(&self) -> impl Iterator<Item = &str> {
        let (id, name) = match self {
            Self::Rule(rule) => (&rule.id, &rule.name),
            Self::Correlation(rule) => (&rule.id, &rule.name),
            Self::Filter(_) => (&None, &None),
        };
        let name = name.as_deref().filter(|name| id.as_deref() != Some(name));
        id.as_deref().into_iter().chain(name)
    }
}

/// A document that was parsed, and where it stands.
struct Entry<'f> {
    file: &'f str,
    document: Document<'f>,
    ast: Ast,
    /// Why it is refused.
    refused: Option<String>,
    /// The titles of its filters.
    filters: Vec<String>,
    compiled: Option<Body>,
}

struct Reading<'f> {
    entries: Vec<Entry<'f>>,
    diagnostics: Vec<Diagnostic>,
    refused: usize,
}

pub(super) fn parse(files: &[RuleFile<'_>]) -> SigmaRules {
    let mut reading = Reading {
        entries: Vec::new(),
        diagnostics: Vec::new(),
        refused: 0,
    };
    for (number, file) in files.iter().enumerate() {
        if number >= MAX_RULE_FILES {
            reading.refuse_file(file.name, format!("at most {MAX_RULE_FILES} files are read"));
        } else {
            reading.file(*file);
        }
    }
    reading.refuse_repeated();
    reading.filter();
    reading.detections();
    reading.correlations();
    reading.finish()
}

impl<'f> Reading<'f> {
    fn refuse_file(&mut self, name: &str, why: String) {
        self.refused += 1;
        self.diagnostics.push(Diagnostic {
            file: name.to_owned(),
            line: 1,
            rule: None,
            refused: true,
            why,
        });
    }

    fn say(&mut self, file: &str, line: usize, rule: Option<&str>, refused: bool, why: String) {
        self.refused += usize::from(refused);
        self.diagnostics.push(Diagnostic {
            file: file.to_owned(),
            line,
            rule: rule.map(str::to_owned),
            refused,
            why,
        });
    }

    fn file(&mut self, file: RuleFile<'f>) {
        if file.bytes.len() > MAX_RULE_FILE_BYTES {
            let why = format!(
                "it has {} bytes, at most {MAX_RULE_FILE_BYTES} are taken: split it",
                file.bytes.len()
            );
            return self.refuse_file(file.name, why);
        }
        let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file.bytes);
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.refuse_file(file.name, "it is not UTF-8".to_owned());
        };
        let documents = split(text);
        if documents.is_empty() {
            return self.refuse_file(file.name, "no rule stands in it".to_owned());
        }
        let mut global: Option<Document<'f>> = None;
        for document in documents {
            self.document(file.name, document, &mut global);
        }
    }

    fn document(&mut self, file: &'f str, document: Document<'f>, global: &mut Option<Document<'f>>) {
        if document.text.len() > MAX_RULE_BYTES {
            let why = format!(
                "it has {} bytes, at most {MAX_RULE_BYTES} are taken",
                document.text.len()
            );
            return self.say(file, document.first_line(), None, true, why);
        }
        let Head { title, action } = match inspect(&document) {
            Ok(head) => head,
            Err(unfit) => return self.say(file, document.line + unfit.line, None, true, unfit.why),
        };
        let title = title.as_deref();
        match action.as_deref() {
            Some("global") => return *global = Some(document),
            Some("reset") => return *global = None,
            Some(other) => {
                let why = format!("`action: {other}` of old collections is not taken: write the rule out");
                return self.say(file, document.line_of("action:"), title, true, why);
            }
            None => {}
        }
        if self.entries.len() >= MAX_RULES {
            let why = format!("a set has {MAX_RULES} rules at most: run it in parts");
            return self.say(file, document.first_line(), title, true, why);
        }
        match one_document(&document, global.as_ref()) {
            Ok((ast, notes)) => {
                for note in notes {
                    self.say(file, document.first_line(), Some(ast.title()), false, note);
                }
                self.entries.push(Entry {
                    file,
                    document,
                    ast,
                    refused: None,
                    filters: Vec::new(),
                    compiled: None,
                });
            }
            Err(why) => {
                let line = line_of_reason(&document, &why);
                self.say(file, line, title, true, why);
            }
        }
    }

    /// Hits are told by rule: two rules with one id could not be told apart.
    fn refuse_repeated(&mut self) {
        let mut seen: HashMap<String, (String, usize)> = HashMap::new();
        for entry in &mut self.entries {
            let Some(id) = entry.ast.id() else { continue };
            if let Some((file, line)) = seen.get(id) {
                entry.refused = Some(format!("its id {id} is that of the rule at {file}:{line}"));
                continue;
            }
            seen.insert(
                id.to_owned(),
                (entry.file.to_owned(), entry.document.first_line()),
            );
        }
    }

    fn filter(&mut self) {
        let filters: Vec<(usize, FilterRule)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| match &entry.ast {
                Ast::Filter(filter) if entry.refused.is_none() => Some((at, (**filter).clone())),
                _ => None,
            })
            .collect();
        for (number, (at, filter)) in filters.into_iter().enumerate() {
            let mut normal = Normal::default();
            let checked = check::check(&filter.detection, filter.sigma_version).and_then(|()| {
                let mut each = filter.detection.named.values();
                each.try_for_each(|detection| normal.detection(detection).map(drop))
            });
            if let Err(why) = checked {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.refused = Some(why);
                }
                continue;
            }
            let mut rules = 0;
            for entry in &mut self.entries {
                let Ast::Rule(rule) = &mut entry.ast else { continue };
                if entry.refused.is_some() || !filters::is_for(&filter, rule) {
                    continue;
                }
                rules += 1;
                match filters::add(&filter, number, rule) {
                    Ok(()) => entry.filters.push(filter.title.clone()),
                    Err(why) => entry.refused = Some(why),
                }
            }
            if rules == 0
                && let Some(entry) = self.entries.get_mut(at)
            {
                entry.refused = Some("it is for no rule of this set".to_owned());
            }
        }
    }

    fn detections(&mut self) {
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let Ast::Rule(rule) = &entry.ast else { continue };
            if entry.refused.is_some() {
                continue;
            }
            match compiled(rule, at) {
                Ok(body) => entry.compiled = Some(body),
                Err(why) => entry.refused = Some(why),
            }
        }
    }

    /// Correlations of rules first, then those that stand on them, as far as any can be resolved.
    fn correlations(&mut self) {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            for name in entry.ast.names() {
                names.entry(name.to_owned()).or_default().push(at);
            }
        }
        loop {
            let mut progress = false;
            for at in 0..self.entries.len() {
                let Some(rule) = self.entries.get(at).and_then(|entry| match &entry.ast {
                    Ast::Correlation(rule) if entry.refused.is_none() && entry.compiled.is_none() => {
                        Some(rule)
                    }
                    _ => None,
                }) else {
                    continue;
                };
                let outcome = match self.resolve(rule, &names) {
                    Ok(None) => continue,
                    Ok(Some(joined)) => Correlation::new(rule, &joined),
                    Err(why) => Err(why),
                };
                progress = true;
                if let Some(entry) = self.entries.get_mut(at) {
                    match outcome {
                        Ok(body) => entry.compiled = Some(Body::Correlating(Box::new(body))),
                        Err(why) => entry.refused = Some(why),
                    }
                }
            }
            if !progress {
                break;
            }
        }
        for entry in &mut self.entries {
            if matches!(entry.ast, Ast::Correlation(_)) && entry.compiled.is_none() && entry.refused.is_none()
            {
                entry.refused =
                    Some("the correlations that it joins stand on each other in a circle".to_owned());
            }
        }
    }

    /// What a correlation joins; nothing while it is not known yet.
    fn resolve(
        &self,
        rule: &CorrelationRule,
        names: &HashMap<String, Vec<usize>>,
    ) -> Result<Option<Vec<Joined<'_>>>, String> {
        if rule.rules.len() > MAX_CORRELATED_RULES {
            return Err(format!(
                "it joins {} rules, at most {MAX_CORRELATED_RULES} are joined",
                rule.rules.len()
            ));
        }
        let mut joined = Vec::new();
        for reference in &rule.rules {
            let at = match names.get(reference).map(Vec::as_slice) {
                Some([at]) => *at,
                Some([_, ..]) => {
                    return Err(format!(
                        "it joins `{reference}`, which several rules of this set are called"
                    ));
                }
                _ => return Err(format!("it joins `{reference}`, which is not in this set")),
            };
            let Some(entry) = self.entries.get(at).filter(|entry| entry.refused.is_none()) else {
                return Err(format!("it joins `{reference}`, which is not evaluated"));
            };
            let below = match &entry.compiled {
                None => return Ok(None),
                Some(Body::Detecting(_)) => None,
                Some(Body::Correlating(below)) => Some(&**below),
            };
            joined.push(Joined {
                reference: reference.clone(),
                number: at,
                below,
            });
        }
        Ok(Some(joined))
    }

    /// Numbers what is ready, and says what was refused.
    fn finish(mut self) -> SigmaRules {
        let entries = std::mem::take(&mut self.entries);
        let mut numbers = vec![None; entries.len()];
        let mut next = 0;
        for (entry, number) in entries.iter().zip(&mut numbers) {
            if entry.compiled.is_some() && entry.refused.is_none() {
                *number = Some(next);
                next += 1;
            }
        }
        let mut for_correlation = vec![None; next];
        let mut asked = vec![Vec::new(); next];
        let mut infos = Vec::new();
        let mut bodies = Vec::new();
        for entry in entries {
            if let Some(why) = entry.refused {
                let line = line_of_reason(&entry.document, &why);
                self.say(entry.file, line, Some(entry.ast.title()), true, why);
                continue;
            }
            let Some(mut body) = entry.compiled else { continue };
            match &mut body {
                Body::Detecting(rule) => rule.compiled.id = Some(bodies.len().to_string()),
                Body::Correlating(correlation) => {
                    correlation.renumber(&numbers);
                    for (number, fields) in correlation.asks() {
                        if let Some(asked) = asked.get_mut(number) {
                            asked.extend(fields);
                        }
                        if let Some(only) = for_correlation.get_mut(number) {
                            *only = Some(only.unwrap_or(true) && !correlation.generates);
                        }
                    }
                }
            }
            infos.extend(info(
                entry.file,
                entry.document.first_line(),
                &entry.ast,
                entry.filters,
            ));
            bodies.push(body);
        }
        let joined = for_correlation.iter().map(Option::is_some).collect();
        for (((body, info), asked), only) in bodies.iter_mut().zip(&mut infos).zip(asked).zip(for_correlation)
        {
            let Body::Detecting(rule) = body else { continue };
            rule.own_fields = rule.fields.len();
            for field in asked {
                if !rule.fields.contains(&field) {
                    rule.fields.push(field);
                }
            }
            if only == Some(true) {
                info.kind = RuleKind::DetectionForCorrelation;
            }
        }
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.file.clone(), diagnostic.line));
        SigmaRules {
            infos,
            bodies,
            joined,
            diagnostics: self.diagnostics,
            refused: self.refused,
        }
    }
}

/// Parses one document, under the one that is before all of its file.
fn one_document(
    document: &Document<'_>,
    global: Option<&Document<'_>>,
) -> Result<(Ast, Vec<String>), String> {
    let stream = match global {
        None => document.text.to_owned(),
        Some(global) => format!("{}\n---\n{}", global.text, without_mark(document.text)),
    };
    let parsed = rsigma_parser::parse_sigma_yaml(&stream).map_err(|error| error.to_string())?;
    let mut asts = Vec::new();
    asts.extend(parsed.rules.into_iter().map(|rule| Ast::Rule(Box::new(rule))));
    asts.extend(
        parsed
            .correlations
            .into_iter()
            .map(|rule| Ast::Correlation(Box::new(rule))),
    );
    asts.extend(parsed.filters.into_iter().map(|rule| Ast::Filter(Box::new(rule))));
    match (asts.len(), asts.pop()) {
        (1, Some(ast)) => Ok((ast, parsed.errors)),
        _ if parsed.errors.is_empty() => Err("it is no rule".to_owned()),
        _ => Err(parsed.errors.join("; ")),
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix("---").unwrap_or(text)
}

fn compiled(rule: &SigmaRule, number: usize) -> Result<Body, String> {
    check::check_log_source(&rule.logsource)?;
    check::check(&rule.detection, rule.sigma_version)?;
    let mut normal = Normal::default();
    let mut names: Vec<&String> = rule.detection.named.keys().collect();
    names.sort_unstable();
    let mut detection = Detections {
        named: HashMap::new(),
        conditions: rule.detection.conditions.clone(),
        condition_strings: Vec::new(),
        timeframe: None,
    };
    for name in names {
        if let Some(written) = rule.detection.named.get(name) {
            detection.named.insert(name.clone(), normal.detection(written)?);
        }
    }
    let evaluated = SigmaRule {
        title: String::new(),
        logsource: LogSource::default(),
        detection,
        sigma_version: None,
        id: Some(number.to_string()),
        name: None,
        related: Vec::new(),
        taxonomy: None,
        status: None,
        description: None,
        license: None,
        author: None,
        references: Vec::new(),
        date: None,
        modified: None,
        fields: Vec::new(),
        falsepositives: Vec::new(),
        level: None,
        tags: Vec::new(),
        scope: Vec::new(),
        // None of a rule's own attributes may steer the evaluator.
        custom_attributes: HashMap::new(),
    };
    let compiled = rsigma_eval::compile_rule(&evaluated).map_err(|error| error.to_string())?;
    let fields = check::fields_of(&evaluated);
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    Ok(Body::Detecting(Box::new(Detecting {
        compiled,
        own_fields: fields.len(),
        fields,
        keywords_only: check::is_keywords_only(&evaluated),
        has_keywords: check::has_keywords(&evaluated),
        log_source: LogSourceName {
            category: lower(&rule.logsource.category),
            product: lower(&rule.logsource.product),
            service: lower(&rule.logsource.service),
        },
    })))
}

/// The line that a reason is about, where it names something of the rule between `` ` `` or `'`; else the rule's first.
fn line_of_reason(document: &Document<'_>, why: &str) -> usize {
    for quote in ['`', '\''] {
        let mut parts = why.split(quote).skip(1);
        if let Some(named) = parts.next().filter(|named| !named.is_empty())
            && document.text.contains(named)
        {
            return document.line_of(named);
        }
    }
    document.first_line()
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Stable => "stable",
        Status::Test => "test",
        Status::Experimental => "experimental",
        Status::Deprecated => "deprecated",
        Status::Unsupported => "unsupported",
    }
}

/// What a rule says of itself; nothing of a filter, which is told with the rules that it is for.
fn info(file: &str, line: usize, ast: &Ast, filters: Vec<String>) -> Option<RuleInfo> {
    let file = file.to_owned();
    Some(match ast {
        Ast::Rule(rule) => RuleInfo {
            file,
            line,
            kind: RuleKind::Detection,
            id: rule.id.clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
            level: rule.level.map(|level| level.as_str()),
            status: rule.status.map(status),
            tags: rule.tags.clone(),
            author: rule.author.clone(),
            license: rule.license.clone(),
            log_source: Some(LogSourceName {
                category: rule.logsource.category.clone(),
                product: rule.logsource.product.clone(),
                service: rule.logsource.service.clone(),
            }),
            filters,
        },
        Ast::Correlation(rule) => RuleInfo {
            file,
            line,
            kind: RuleKind::Correlation,
            id: rule.id.clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
            level: rule.level.map(|level| level.as_str()),
            status: rule.status.map(status),
            tags: rule.tags.clone(),
            author: rule.author.clone(),
            license: rule.license.clone(),
            log_source: None,
            filters,
        },
        Ast::Filter(_) => return None,
    })
}
